//! Gopher: menus, text, searches and errors, as RFC 1436 has them.

use std::io::{Read as _, Write as _};

use support::run::built;

use crate::server::{Server, read};

#[test]
fn a_program_is_behind_each_selector() {
    let Some(hole) = built("c/hole") else { return };
    let server = Server::start(&["--gopher", "127.0.0.1:0"], hole);
    let ask = |selector: &str| {
        let mut stream = server.connect();
        write!(stream, "{selector}\r\n").unwrap();
        read(stream)
    };
    let (host, port) = server.address().split_once(':').unwrap();
    let menu = format!(
        "iWelcome to the hole\t\t{host}\t{port}\r\n0About\t/about\t{host}\t{port}\r\n\
         7Find\t/find\t{host}\t{port}\r\n1Elsewhere\t/\texample.com\t70\r\n.\r\n"
    );
    assert_eq!((ask(""), ask("/")), (menu.clone(), menu));
    let text = "Every route is a program.\r\n..This line starts with a dot.\r\n.\r\n";
    assert_eq!((ask("/about"), ask("/about\t+").as_str()), (text.to_owned(), text));
    assert_eq!(
        ask("/find\tred fish"),
        format!("0Found: red fish\t/about\t{host}\t{port}\r\n.\r\n")
    );
    for selector in ["/none", "\u{1b}[2J", &"x".repeat(300)] {
        let reply = ask(selector);
        assert!(reply.starts_with('3') && reply.ends_with("\t\terror.host\t1\r\n.\r\n"), "{reply}");
    }
}

#[test]
fn a_peer_that_sends_no_line_is_left() {
    let Some(hole) = built("c/hole") else { return };
    let server = Server::start(&["--gopher", "127.0.0.1:0", "--head-timeout", "200ms"], hole);
    let mut silent = server.connect();
    silent.write_all(b"/abo").unwrap();
    assert_eq!(read(silent), "");
    // One that ends without the line's end is answered.
    assert!(server.ask(b"/about").starts_with("Every route"));
    // More than a line is answered by nothing; the system may tell of what nobody read.
    let mut long = server.connect();
    long.write_all(&[b'x'; 5000]).unwrap();
    let mut reply = Vec::new();
    let _ = long.read_to_end(&mut reply);
    assert!(reply.is_empty());
}
