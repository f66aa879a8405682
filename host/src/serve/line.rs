//! Lines of a connection, as Go's `bufio.Scanner` gives them: a return before the end is cut, a
//! last line needs no end, and one that is too long ends it all. Pure.

use bytes::{Buf as _, Bytes, BytesMut};

/// Splits what comes into lines.
#[derive(Debug)]
pub struct Lines {
    read: BytesMut,
    /// Up to where no end was found.
    searched: usize,
    most: usize,
}

/// A line has more bytes than one may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl Lines {
    /// Lines that, with their ends, have at most so many bytes.
    pub fn new(most: usize) -> Lines {
        Lines { read: BytesMut::new(), searched: 0, most }
    }

    /// How many bytes may come before [`next`](Lines::next) must be asked.
    pub fn room(&self) -> usize {
        self.most.saturating_sub(self.read.len())
    }

    /// Takes what came.
    pub fn take(&mut self, bytes: &[u8]) {
        self.read.extend_from_slice(bytes);
    }

    /// The next line that has come whole, without its end.
    ///
    /// # Errors
    /// When a line is too long.
    pub fn next(&mut self) -> Result<Option<Bytes>, TooLong> {
        let length = self.read[self.searched..].iter().position(|byte| *byte == b'\n');
        match length.map(|length| self.searched + length) {
            Some(end) if end < self.most => {
                self.searched = 0;
                let line = self.read.split_to(end).freeze();
                self.read.advance(1);
                Ok(Some(cut(line)))
            }
            None if self.read.len() < self.most => {
                self.searched = self.read.len();
                Ok(None)
            }
            _ => Err(TooLong),
        }
    }

    /// What is left when nothing more comes; a last line without its end.
    pub fn last(self) -> Option<Bytes> {
        (!self.read.is_empty()).then(|| cut(self.read.freeze()))
    }
}

/// Cuts one return at the end.
fn cut(line: Bytes) -> Bytes {
    match line.strip_suffix(b"\r") {
        Some(rest) => line.slice(..rest.len()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text, with those of 8 bytes at most, taken whole and byte by byte.
    fn lines(text: &str) -> (Vec<String>, bool) {
        let read = |pieces: &mut dyn Iterator<Item = &[u8]>| {
            let (mut lines, mut found) = (Lines::new(8), Vec::new());
            let text = |line: Bytes| String::from_utf8(line.to_vec()).unwrap();
            for piece in pieces {
                lines.take(piece);
                loop {
                    match lines.next() {
                        Ok(Some(line)) => found.push(text(line)),
                        Ok(None) => break,
                        Err(TooLong) => return (found, false),
                    }
                }
            }
            found.extend(lines.last().map(text));
            (found, true)
        };
        let whole = read(&mut std::iter::once(text.as_bytes()));
        assert_eq!(whole, read(&mut text.as_bytes().chunks(1)));
        whole
    }

    #[test]
    fn lines_are_those_of_gos_scanner() {
        let whole = |text: &str| {
            let (lines, fits) = lines(text);
            assert!(fits, "{text:?}");
            lines
        };
        assert_eq!(whole(""), Vec::<String>::new());
        assert_eq!(whole("a\nb\n"), ["a", "b"]);
        assert_eq!(whole("a\r\n\r\nb"), ["a", "", "b"]);
        assert_eq!(whole("a\r\r\n\n"), ["a\r", ""]);
        assert_eq!(whole("a\r"), ["a"]);
        assert_eq!(whole("a\rb\n"), ["a\rb"]);
    }

    #[test]
    fn a_line_that_is_too_long_ends_it() {
        // With its end, a line fills the buffer exactly; without one, the buffer is full.
        assert_eq!(lines("1234567\nx"), (vec!["1234567".into(), "x".into()], true));
        assert_eq!(lines("a\n12345678\nb"), (vec!["a".into()], false));
        assert_eq!(lines("1234567"), (vec!["1234567".into()], true));
        assert_eq!(lines("12345678"), (vec![], false));
        assert_eq!(lines("123456\r\n"), (vec!["123456".into()], true));
        assert_eq!(lines("1234567\r\n"), (vec![], false));
    }
}
