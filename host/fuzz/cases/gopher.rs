//! What a client of Gopher asks, in the first line, and what a guest returns: written whole and byte
//! by byte, it's the same, and nothing in it ends it early.

use forebay::serve::gopher::{GopherRequest, Menu, Text, error};

/// One input.
pub fn run(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    if let Ok(request) = GopherRequest::read(&bytes[..end]) {
        assert!(request.selector.len() <= 255);
        assert!(!request.selector.contains(['\t', '\r', '\n', '\0']));
        let line = String::from_utf8(error(&request.selector)).unwrap();
        assert!(line.ends_with("\r\n.\r\n") && line.matches('\n').count() == 2);
    }

    let (mut whole, mut apart) = (Text::default(), Text::default());
    let mut text = whole.take(bytes);
    let mut pieces: Vec<u8> = bytes.iter().flat_map(|byte| apart.take(&[*byte])).collect();
    text.extend(whole.end());
    pieces.extend(apart.end());
    assert_eq!(text, pieces);
    ends_once(&text);

    let (mut whole, mut apart) = (Menu::new("h", 70), Menu::new("h", 70));
    let mut menu = whole.take(bytes);
    let mut pieces: Vec<u8> = bytes.iter().flat_map(|byte| apart.take(&[*byte])).collect();
    menu.extend(whole.end());
    pieces.extend(apart.end());
    assert_eq!(menu, pieces);
    ends_once(&menu);
}

/// A dot alone stands in the last line, and in no other.
fn ends_once(written: &[u8]) {
    let lines: Vec<&[u8]> = written.split_inclusive(|byte| *byte == b'\n').collect();
    let dots = lines.iter().filter(|line| **line == b".\r\n").count();
    assert_eq!((dots, lines.last().copied()), (1, Some(&b".\r\n"[..])), "{written:?}");
}
