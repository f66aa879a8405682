//! How much a component's text holds: the assembler's cost grows with the square of it.

/// How many expressions a component's text has outside of its modules, whose own are cheap; none in
/// the text of a module.
pub(super) fn expressions(text: &str) -> u64 {
    let (mut rest, mut found, mut is_component) = (text.as_bytes(), 0_u64, false);
    // Whether each of the open expressions is a module or in one.
    let mut open: Vec<bool> = Vec::new();
    while let [byte, more @ ..] = rest {
        rest = match (byte, more) {
            (b';', [b';', ..]) => {
                let end = more.iter().position(|byte| *byte == b'\n');
                &more[end.unwrap_or(more.len())..]
            }
            (b'(', [b';', inside @ ..]) => after_comment(inside),
            (b'"', _) => after_string(more),
            (b'(', _) => {
                let inside = open.last() == Some(&true);
                is_component |= open.is_empty() && word(more).0 == b"component";
                found += u64::from(!inside);
                open.push(inside || is_module(more));
                more
            }
            (b')', _) => {
                open.pop();
                more
            }
            _ => more,
        };
    }
    if is_component { found } else { 0 }
}

fn is_module(text: &[u8]) -> bool {
    match word(text) {
        (b"core", rest) => word(rest).0 == b"module",
        (first, _) => first == b"module",
    }
}

/// The first word, and what follows it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii_start();
    let is_end =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'(' | b')' | b'"' | b';');
    text.split_at(text.iter().position(is_end).unwrap_or(text.len()))
}

fn after_comment(mut text: &[u8]) -> &[u8] {
    let mut open = 1;
    while open > 0 {
        text = match text {
            [b'(', b';', more @ ..] => {
                open += 1;
                more
            }
            [b';', b')', more @ ..] => {
                open -= 1;
                more
            }
            [_, more @ ..] => more,
            [] => break,
        };
    }
    text
}

fn after_string(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\\', _, more @ ..] => more,
            [b'"', more @ ..] => return more,
            [_, more @ ..] => more,
            [] => return text,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_modules_strings_and_comments_doesnt_count() {
        let cases = [
            ("(component)", 1),
            ("(@note) (component (type u8))", 3),
            ("(component (core module $m (func (nop))) (core\n module) (type (func)))", 5),
            ("(component (import \"((\\\"(\" (func)) ;; (((\n (; (; ( ;) ( ;) (type u8))", 4),
            ("(module (func) (func))", 0),
            ("(func) (func)", 0),
            ("(component \"", 1),
            ("))(component", 1),
        ];
        for (text, found) in cases {
            assert_eq!(expressions(text), found, "{text}");
        }
    }
}
