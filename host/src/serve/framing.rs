//! Where the heads of HTTP/1 requests lie among the bytes of a connection, and whether one can be read
//! in two ways: a line that ends with a bare line feed, or a body whose length is said twice. Our HTTP
//! library lets these pass, or settles them before we see them; another server may settle them
//! otherwise.

/// Follows what a peer sends.
pub(super) struct Framing {
    place: Place,
    /// Heads that have begun.
    heads: u64,
    /// The first bytes of the line that is read.
    line: Vec<u8>,
    /// How long the line is.
    length: usize,
    /// Whether the last byte was a carriage return.
    returned: bool,
    /// What the head said of its body so far, and how often.
    body: Body,
    said: u32,
}

/// Where the next byte is.
enum Place {
    /// Before a head.
    Between,
    Head,
    /// In a body or a chunk, with so many bytes left.
    Bytes {
        left: u64,
        chunked: bool,
    },
    /// In a line with a chunk's size.
    Size,
    /// In the fields after the last chunk.
    Trailers,
}

#[derive(Clone, Copy)]
enum Body {
    Length(u64),
    Chunked,
}

/// How much of a line is looked at: the longest name that matters, and a number.
const LOOKED_AT: usize = 64;

impl Framing {
    pub fn new() -> Framing {
        Framing {
            place: Place::Between,
            heads: 0,
            line: Vec::with_capacity(LOOKED_AT),
            length: 0,
            returned: false,
            body: Body::Length(0),
            said: 0,
        }
    }

    /// Follows the next bytes. Gives the number, from 1 on, of the first head in them that can be read
    /// in two ways.
    pub fn follow(&mut self, mut bytes: &[u8]) -> Option<u64> {
        while let Some(&byte) = bytes.first() {
            if let Place::Bytes { left, chunked } = &mut self.place {
                let skipped = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= skipped as u64;
                bytes = &bytes[skipped..];
                if *left == 0 {
                    self.place = if *chunked { Place::Size } else { Place::Between };
                }
                continue;
            }

            bytes = &bytes[1..];
            if byte != b'\n' {
                self.keep(byte);
                continue;
            }
            if !self.returned && matches!(self.place, Place::Head) {
                return Some(self.heads);
            }
            self.end_line();
            if self.said > 1 {
                return Some(self.heads);
            }
        }
        None
    }

    fn keep(&mut self, byte: u8) {
        let empty = matches!(byte, b'\r' | b'\n');
        if let (Place::Between, false) = (&self.place, empty) {
            self.place = Place::Head;
            self.heads += 1;
            (self.body, self.said) = (Body::Length(0), 0);
        }
        self.returned = byte == b'\r';
        if !self.returned {
            self.length += 1;
            if self.line.len() < LOOKED_AT {
                self.line.push(byte);
            }
        }
    }

    fn end_line(&mut self) {
        let empty = self.length == 0;
        match self.place {
            Place::Head if empty => {
                self.place = match self.body {
                    Body::Length(0) => Place::Between,
                    Body::Length(left) => Place::Bytes { left, chunked: false },
                    Body::Chunked => Place::Size,
                }
            }
            Place::Head => self.field(),
            Place::Size => {
                let size = self.line.split(|byte| matches!(byte, b';' | b' ' | b'\t')).next();
                let size = std::str::from_utf8(size.unwrap_or_default()).unwrap_or_default();
                self.place = match u64::from_str_radix(size, 16) {
                    // The chunk's own end is counted.
                    Ok(size) if size > 0 => {
                        Place::Bytes { left: size.saturating_add(2), chunked: true }
                    }
                    _ => Place::Trailers,
                }
            }
            Place::Trailers if empty => self.place = Place::Between,
            Place::Trailers | Place::Between | Place::Bytes { .. } => {}
        }
        self.line.clear();
        (self.length, self.returned) = (0, false);
    }

    fn field(&mut self) {
        let Some(colon) = self.line.iter().position(|byte| *byte == b':') else { return };
        let (name, value) = (&self.line[..colon], &self.line[colon + 1..]);
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.body = Body::Chunked;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let text = std::str::from_utf8(value).unwrap_or_default().trim();
            self.body = Body::Length(text.parse().unwrap_or(0));
        } else {
            return;
        }
        self.said += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, however it's cut up.
    fn follow(text: &str) -> Option<u64> {
        let whole = Framing::new().follow(text.as_bytes());
        let mut framing = Framing::new();
        let single = text.bytes().find_map(|byte| framing.follow(&[byte]));
        assert_eq!(whole, single, "{text:?}");
        whole
    }

    #[test]
    fn a_bare_line_feed_is_found_in_heads_and_only_there() {
        let fine = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let body = "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\n\n\n\n";
        let chunks = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n\n\n\r\n0\r\nA: b\r\n\r\n";
        let bare = "GET / HTTP/1.1\nHost: a\r\n\r\n";
        assert_eq!(follow(&[fine, body, chunks, fine].concat()), None);
        assert_eq!(follow(bare), Some(1));
        assert_eq!(follow(&[fine, "\r\n", bare].concat()), Some(2));
        assert_eq!(follow(&[body, chunks, bare].concat()), Some(3));
        assert_eq!(follow("GET / HTTP/1.1\r\nA: b\n\r\n"), Some(1));
        assert_eq!(follow(&format!("GET /{} HTTP/1.1\r\n\n", "x".repeat(9000))), Some(1));
    }

    #[test]
    fn a_length_is_said_once() {
        let (length, chunked) = ("Content-Length: 2\r\n", "transfer-encoding: chunked\r\n");
        for fields in [[length, chunked], [chunked, length], [length, length], [chunked, chunked]] {
            let text = format!("POST / HTTP/1.1\r\n{}\r\n", fields.concat());
            assert_eq!(follow(&text), Some(1), "{text:?}");
        }
    }
}
