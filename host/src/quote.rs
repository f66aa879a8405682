//! Text as a word for a POSIX shell, for hints that are there to be pasted.

use std::borrow::Cow;

/// Whether a character may be typed by anyone and moves, reorders or hides nothing on a terminal.
pub fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` as one word that a shell takes as it is: bare if nothing in it means something to a
/// shell, else in quotes. Control characters, and those that a terminal would hide or reorder,
/// become escapes.
pub fn shell(text: &str) -> Cow<'_, str> {
    let bare = |c: char| c.is_ascii_alphanumeric() || "%+,-./:=@_".contains(c);
    if !text.is_empty() && text.chars().all(bare) {
        return Cow::Borrowed(text);
    }
    if text.chars().all(is_visible) {
        return Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")));
    }

    // A shell that doesn't know this form takes it for one in plain quotes, so that there is no
    // quote and no backslash in it but those of escapes.
    let mut word = String::from("$'");
    for c in text.chars() {
        if is_visible(c) && !matches!(c, '\'' | '\\') {
            word.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                word.push_str(&format!("\\{byte:03o}"));
            }
        }
    }
    word.push('\'');
    Cow::Owned(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text that means something to a shell or a terminal.
    const NASTY: &[&str] = &[
        "",
        "tcp://x';id;':*",
        "$(id)",
        "`id`",
        "a b",
        "a\nb",
        "a\\",
        "'",
        "\"",
        "~",
        "*",
        "-x",
        "x;id",
        "x&",
        "a\u{202e}b",
        "\x1b[31m",
        "it's\n'; id; '",
        "ünï",
        "#x",
        "a=b",
        "{a,b}",
        "!x",
        "[::1]",
        "a\tb\r",
        "\u{7f}\u{9b}",
    ];

    #[test]
    fn plain_words_stay_bare() {
        for text in ["tcp://example.com:443", "photos::/in::ro", "--dir=a", "./a_b,c@d%e+f"] {
            assert_eq!(shell(text), text);
        }
        assert_eq!(shell("tcp://*:80"), "'tcp://*:80'");
        assert_eq!(shell("tcp://x';id;':*"), r"'tcp://x'\'';id;'\'':*'");
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for text in NASTY {
            let script = format!("printf %s {}", shell(text));
            let ran = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&ran.stdout), *text, "{script}");
        }
    }

    #[test]
    fn no_shell_runs_any_of_it_and_no_terminal_sees_any_of_it() {
        for text in NASTY {
            let word = shell(text);
            assert!(word.chars().all(is_visible), "{word:?}");
            // One word, whatever the shell: no more and no other command.
            let script = format!("set -- {word}; printf %s $#");
            let ran = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&ran.stdout), "1", "{script}");
        }
    }
}
