//! Makes text chosen by a guest safe to show on a terminal.

use std::borrow::Cow;

use forebay::quote::is_visible;

/// Escapes control characters, and characters that reorder or hide text; line breaks are kept and
/// the next line indented, so that no text can pass for a line of ours.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| !is_visible(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\n       "),
            '\t' => out.push(c),
            c if !is_visible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_that_moves_the_cursor_or_hides_text_passes() {
        assert_eq!(escape("plain ünïcode"), "plain ünïcode");
        assert_eq!(escape("\x1b[31mred"), "\\u{1b}[31mred");
        assert_eq!(escape("a\u{202e}b\r"), "a\\u{202e}b\\u{d}");
        assert_eq!(escape("x\nerror: y"), "x\n       error: y");
    }
}
