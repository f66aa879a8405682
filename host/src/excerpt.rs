//! The beginning of a text that others chose. Some texts have no end: a mangled name of 500 bytes
//! can stand for more than any memory holds.

use std::fmt;

/// Takes so many bytes, and refuses what comes then, which ends whoever writes.
struct Room {
    text: String,
    left: usize,
}

impl fmt::Write for Room {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let fits = more.floor_char_boundary(self.left);
        self.text.push_str(&more[..fits]);
        self.left -= fits;
        if fits < more.len() {
            self.left = 0;
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// What `write` writes, up to `most` bytes; `…` says that there is more. `None` if it failed.
pub(crate) fn written(
    most: usize,
    write: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result,
) -> Option<String> {
    let mut room = Room { text: String::new(), left: most };
    let whole = write(&mut room).is_ok();
    match whole {
        true => Some(room.text),
        false if room.left == 0 => Some(room.text + "…"),
        false => None,
    }
}

/// A value's text, up to `most` bytes.
pub(crate) fn excerpt(value: &dyn fmt::Display, most: usize) -> String {
    written(most, |out| write!(out, "{value}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_whoever_writes_it_is_ended() {
        assert_eq!(excerpt(&"é", 2), "é");
        assert_eq!(excerpt(&"éé", 3), "é…");
        let endless = written(10, |out| {
            loop {
                out.write_str("abc")?;
            }
        });
        assert_eq!(endless.unwrap(), "abcabcabca…");
        assert_eq!(written(10, |_| Err(fmt::Error)), None);
    }
}
