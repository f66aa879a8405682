//! HTTP/2 by prior knowledge, in frames made by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use support::run::built;

use crate::Server;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame: its type, its flags, its stream, what it carries.
type Frame = (u8, u8, u32, Vec<u8>);

fn write(stream: &mut TcpStream, (kind, flags, number, bytes): Frame) {
    let mut frame = (bytes.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(number.to_be_bytes());
    frame.extend(bytes);
    stream.write_all(&frame).unwrap();
}

fn read(stream: &mut TcpStream) -> Frame {
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    let size = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut bytes = vec![0; size as usize];
    stream.read_exact(&mut bytes).unwrap();
    (head[3], head[4], u32::from_be_bytes(head[5..].try_into().unwrap()), bytes)
}

/// Begins a connection, and asks for a path on its first stream.
fn ask(server: &Server, path: &str) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    write(&mut stream, (SETTINGS, 0, 0, Vec::new()));
    // `:method: GET`, `:scheme: http`, then the host and the path as they are.
    let mut fields = vec![0x82, 0x86, 0x41, 1, b'a', 0x44, path.len() as u8];
    fields.extend(path.as_bytes());
    write(&mut stream, (HEADERS, END_STREAM | END_HEADERS, 1, fields));
    stream
}

/// What comes on the first stream until it ends: the bytes, and how it ended.
fn reply(stream: &mut TcpStream) -> (String, u8) {
    let mut text = Vec::new();
    loop {
        let (kind, flags, number, bytes) = read(stream);
        match (kind, number) {
            (DATA, 1) => text.extend(bytes),
            (RESET, 1) | (GOAWAY, _) => return (String::from_utf8(text).unwrap(), kind),
            _ => {}
        }
        if number == 1 && flags & END_STREAM != 0 {
            return (String::from_utf8(text).unwrap(), kind);
        }
    }
}

#[test]
fn a_peer_that_begins_so_is_answered_so() {
    for guest in ["rust/answers", "rust/answers3"] {
        let Some(program) = built(guest) else { return };
        let server = Server::start(&[], program);
        assert_eq!(reply(&mut ask(&server, "/")), ("hello\n".to_owned(), DATA));
    }
}

#[test]
fn a_reply_that_was_cut_is_reset() {
    for guest in ["rust/answers", "rust/answers3"] {
        let Some(program) = built(guest) else { return };
        let server = Server::start(&[], program);
        assert_eq!(reply(&mut ask(&server, "/late-trap")), ("begun\n".to_owned(), RESET));
    }
}

#[test]
fn a_stream_that_is_reset_takes_its_guest_along() {
    let Some(program) = built("rust/answers") else { return };
    let server = Server::start(&["--max-in-flight", "1", "--queue-timeout", "50s"], program);
    let mut stream = ask(&server, "/flood");
    while read(&mut stream).0 != DATA {}
    write(&mut stream, (RESET, 0, 1, 8u32.to_be_bytes().to_vec()));
    server.get("/").is(200, "hello\n");
}
