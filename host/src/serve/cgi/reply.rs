//! The head that a CGI program writes before its body, read as it comes.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// Headers that are the server's own business.
const OURS: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Reads a reply's head, piece by piece.
#[derive(Debug)]
pub struct ReplyParser {
    read: BytesMut,
    /// Up to where there is no blank line.
    searched: usize,
    most: usize,
}

/// What a program said before its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyHead {
    /// The status.
    pub status: StatusCode,
    /// The headers; of one name there may be several.
    pub headers: HeaderMap,
    /// Lines that were left out, as they are no headers.
    pub dropped: usize,
}

/// Why what a program wrote is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadReply {
    /// It ended before a blank line.
    Unfinished,
    /// The head has more than this many bytes.
    TooLong(usize),
    /// It says neither a type, nor a status, nor a location.
    SaysNothing,
    /// Its status is none that a reply can have.
    Status,
}

impl BadReply {
    /// What the client is told.
    pub fn status(self) -> StatusCode {
        match self {
            BadReply::Status => StatusCode::BAD_GATEWAY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for BadReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadReply::Unfinished => {
                f.write_str("it ended before a blank line, which ends the head")
            }
            BadReply::TooLong(most) => write!(f, "the head has over {most} bytes"),
            BadReply::SaysNothing => {
                f.write_str("the head has no `Content-Type`, no `Status` and no `Location`")
            }
            BadReply::Status => f.write_str("`Status` is no number from 200 to 599"),
        }
    }
}

impl ReplyParser {
    /// A parser of heads of at most so many bytes.
    pub fn new(most: usize) -> ReplyParser {
        ReplyParser { read: BytesMut::new(), searched: 0, most }
    }

    /// Takes what was written next. Once the head is complete, it's given back with the beginning
    /// of the body.
    ///
    /// # Errors
    /// When it's no reply.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Option<(ReplyHead, Bytes)>, BadReply> {
        // Only the last piece can hold both the end of a head and more than a head may have.
        let before = self.read.len();
        self.read.extend_from_slice(bytes);
        match self.blank_line() {
            Some((_, end)) if end > self.most => Err(BadReply::TooLong(self.most)),
            Some((lines, end)) => {
                let head = self.read.split_to(end);
                let head = head_of(&head[..lines])?;
                Ok(Some((head, std::mem::take(&mut self.read).freeze())))
            }
            None if before + bytes.len() > self.most => Err(BadReply::TooLong(self.most)),
            None => Ok(None),
        }
    }

    /// Where the lines of the head end, and the blank line after them.
    fn blank_line(&mut self) -> Option<(usize, usize)> {
        let mut start = self.searched;
        while let Some(length) = self.read[start..].iter().position(|byte| *byte == b'\n') {
            let line = &self.read[start..start + length];
            if line.iter().all(|byte| *byte == b'\r') {
                return Some((start, start + length + 1));
            }
            start += length + 1;
        }
        self.searched = start;
        None
    }
}

fn head_of(lines: &[u8]) -> Result<ReplyHead, BadReply> {
    let mut head = ReplyHead { status: StatusCode::OK, headers: HeaderMap::new(), dropped: 0 };
    let mut status = None;
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match header(line) {
            Some((name, value)) if name == "status" => status = status.or(Some(value)),
            Some((name, _)) if OURS.contains(&name.as_str()) => {}
            // The first length holds; a second one would be a second truth.
            Some((name, value)) if name == CONTENT_LENGTH => {
                let digits = value.as_bytes().iter().all(u8::is_ascii_digit);
                let one = digits && !value.is_empty() && !head.headers.contains_key(&name);
                if one { drop(head.headers.insert(name, value)) } else { head.dropped += 1 }
            }
            Some((name, value)) => drop(head.headers.append(name, value)),
            None => head.dropped += 1,
        }
    }

    head.status = match status {
        Some(status) => code(&status).ok_or(BadReply::Status)?,
        None if head.headers.contains_key(LOCATION) => StatusCode::FOUND,
        None if head.headers.contains_key(CONTENT_TYPE) => StatusCode::OK,
        None => return Err(BadReply::SaysNothing),
    };
    Ok(head)
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(line[..colon].trim_ascii()).ok()?;
    // Whatever could end the line for somebody else isn't taken.
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
    Some((name, value))
}

/// The status of `404 Not Found`. One below 200 would be no end.
fn code(status: &HeaderValue) -> Option<StatusCode> {
    let text = status.to_str().ok()?;
    let number = text.split_ascii_whitespace().next()?;
    let code: StatusCode = number.parse().ok()?;
    (200..600).contains(&code.as_u16()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of a reply, whole and byte by byte.
    fn read(text: &str) -> Result<(ReplyHead, String), BadReply> {
        let whole = ReplyParser::new(64).take(text.as_bytes());
        let mut parser = ReplyParser::new(64);
        let mut pieces = text.bytes();
        let head = pieces.by_ref().find_map(|byte| parser.take(&[byte]).transpose());
        let rest: Vec<u8> = pieces.collect();

        let whole = whole.and_then(|whole| whole.ok_or(BadReply::Unfinished));
        let apart = head
            .unwrap_or(Err(BadReply::Unfinished))
            .map(|(head, start)| (head, Bytes::from([&start[..], &rest[..]].concat())));
        assert_eq!(whole, apart);
        whole.map(|(head, body)| (head, String::from_utf8(body.to_vec()).unwrap()))
    }

    #[test]
    fn a_head_ends_at_a_blank_line_with_or_without_returns() {
        for text in ["Content-Type: a/b\n\nbody\n\n", "Content-type:a/b\r\n\r\nbody\n\n"] {
            let (head, body) = read(text).unwrap();
            assert_eq!(
                (head.status, &head.headers["content-type"], body.as_str()),
                (StatusCode::OK, &"a/b".parse().unwrap(), "body\n\n")
            );
        }
        assert_eq!(read("Content-Type: a/b\n\n").unwrap().1, "");
    }

    #[test]
    fn a_status_wins_over_a_location_wherever_it_stands() {
        let status = |text: &str| read(text).unwrap().0.status.as_u16();
        assert_eq!(status("Location: /x\n\n"), 302);
        assert_eq!(status("Location: /x\nStatus: 301 Moved\n\n"), 301);
        assert_eq!(status("status:307\nLocation: /x\n\n"), 307);
        assert_eq!(status("Status: 404\nStatus: 200\n\n"), 404);
    }

    #[test]
    fn every_cookie_is_kept_and_what_is_the_servers_is_not() {
        let (head, _) = read("Status: 200\nSet-Cookie: a\nSet-Cookie: b\nUpgrade: x\n\n").unwrap();
        assert_eq!(head.headers.get_all("set-cookie").iter().count(), 2);
        assert!(!head.headers.contains_key("upgrade") && !head.headers.contains_key("status"));
        let (head, _) = read("Status: 200\nContent-Length: 5\nContent-Length: 6\n\n").unwrap();
        assert_eq!((&head.headers["content-length"], head.dropped), (&"5".parse().unwrap(), 1));
        let (head, _) = read("Status: 200\nContent-Length: +5\n\n").unwrap();
        assert!(!head.headers.contains_key("content-length"));
    }

    #[test]
    fn what_is_no_header_is_left_out() {
        let (head, _) = read("Status: 200\nno colon\na b: c\nx: a\rY: b\n: z\nok: 1\n\n").unwrap();
        assert_eq!((head.headers.len(), head.dropped), (1, 4));
    }

    #[test]
    fn what_is_no_reply_is_told_with_the_reason() {
        for (text, why) in [
            ("", BadReply::Unfinished),
            ("Content-Type: a/b\n", BadReply::Unfinished),
            ("\nbody", BadReply::SaysNothing),
            ("hello\n\n", BadReply::SaysNothing),
            ("X: y\n\n", BadReply::SaysNothing),
            ("Status: abc\n\n", BadReply::Status),
            ("Status: 101\n\n", BadReply::Status),
            ("Status: 99\n\n", BadReply::Status),
            ("Status: 999\n\n", BadReply::Status),
            ("Status:\n\n", BadReply::Status),
        ] {
            assert_eq!(read(text).unwrap_err(), why, "{text:?}");
        }
        let long = format!("Content-Type: {}\n\n", "x".repeat(64));
        assert_eq!(read(&long).unwrap_err(), BadReply::TooLong(64));
        let endless = format!("Content-Type: {}", "x".repeat(64));
        assert_eq!(read(&endless).unwrap_err(), BadReply::TooLong(64));
    }
}
