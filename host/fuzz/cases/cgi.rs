//! What a CGI program writes: read whole and byte by byte, it's the same reply, and the body is
//! everything after the head.

use forebay::serve::cgi::{BadReply, ReplyHead, ReplyParser};

const MOST: usize = 200;

/// One input.
pub fn run(bytes: &[u8]) {
    let whole = ReplyParser::new(MOST).take(bytes);
    let mut parser = ReplyParser::new(MOST);
    let mut left = bytes.iter();
    let apart = left.by_ref().find_map(|byte| parser.take(&[*byte]).transpose()).transpose();

    let body = |read: Result<Option<(ReplyHead, _)>, BadReply>, rest: Vec<u8>| {
        read.map(|reply| {
            reply.map(|(head, start): (ReplyHead, Vec<u8>)| (head, [start, rest].concat()))
        })
    };
    let whole =
        body(whole.map(|reply| reply.map(|(head, body)| (head, body.to_vec()))), Vec::new());
    let rest = left.copied().collect();
    let apart = body(apart.map(|reply| reply.map(|(head, body)| (head, body.to_vec()))), rest);
    assert_eq!(whole, apart);

    let Ok(Some((head, body))) = whole else { return };
    assert!(bytes.ends_with(&body) && bytes.len() - body.len() <= MOST);
    assert!((200..600).contains(&head.status.as_u16()));
    for name in ["status", "connection", "transfer-encoding", "upgrade"] {
        assert!(!head.headers.contains_key(name), "{name}");
    }
    let lengths = head.headers.get_all("content-length").iter().count();
    assert!(lengths <= 1);
}
