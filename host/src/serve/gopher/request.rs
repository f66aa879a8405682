//! The one line that a client of Gopher sends.

use std::fmt;

/// The longest line that is read, with what is searched for, in bytes.
pub const LONGEST_LINE: usize = 4096;
/// The longest selector, in bytes (RFC 1436, appendix).
const LONGEST_SELECTOR: usize = 255;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GopherRequest {
    /// The selector; empty for what is there first.
    pub selector: String,
    /// What is searched for.
    pub query: Option<String>,
}

/// Why a line is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRequest {
    /// The selector has more bytes than one may have.
    TooLong,
    /// It's no text, or holds what no line may hold.
    NoText,
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadRequest::TooLong => "the selector is too long",
            BadRequest::NoText => "the selector is no text",
        })
    }
}

impl GopherRequest {
    /// Reads a line, which is without its end. What follows for Gopher+ is left out, so that such a
    /// client gets what any other does.
    ///
    /// # Errors
    /// When it's no request.
    pub fn read(line: &[u8]) -> Result<GopherRequest, BadRequest> {
        let text = std::str::from_utf8(line).map_err(|_| BadRequest::NoText)?;
        if text.contains(|c: char| c.is_control() && c != '\t') {
            return Err(BadRequest::NoText);
        }

        let mut fields = text.split('\t');
        let selector = fields.next().unwrap_or_default();
        if selector.len() > LONGEST_SELECTOR {
            return Err(BadRequest::TooLong);
        }
        let fields: Vec<&str> = fields.collect();
        let query = match fields.as_slice() {
            [] => None,
            // `TAB +` alone asks by Gopher+; what is searched for stands before that.
            [last] if last.starts_with(['+', '!', '$']) => None,
            [query, ..] => Some((*query).to_owned()),
        };
        Ok(GopherRequest { selector: selector.to_owned(), query })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_selector_and_what_is_searched_for() {
        let read = |line: &str| {
            let request = GopherRequest::read(line.as_bytes()).unwrap();
            (request.selector, request.query)
        };
        let plain = |selector: &str| (selector.to_owned(), None);
        let search = |selector: &str, query: &str| (selector.to_owned(), Some(query.to_owned()));
        assert_eq!(read(""), plain(""));
        assert_eq!(read("/time"), plain("/time"));
        assert_eq!(read("/find\tred fish"), search("/find", "red fish"));
        assert_eq!(read("/find\t"), search("/find", ""));
        for more in ["+", "!", "$", "+text/plain", "!+INFO"] {
            assert_eq!(read(&format!("/x\t{more}")), plain("/x"));
            assert_eq!(read(&format!("/x\tred\t{more}")), search("/x", "red"));
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let refused = |line: &[u8]| GopherRequest::read(line).unwrap_err();
        assert_eq!(refused(&[b'x'; 256]), BadRequest::TooLong);
        assert!(GopherRequest::read(&[b'x'; 255]).is_ok());
        for line in [&b"\xff"[..], b"a\0b", b"a\rb", b"\x1b[2J"] {
            assert_eq!(refused(line), BadRequest::NoText, "{line:?}");
        }
    }
}
