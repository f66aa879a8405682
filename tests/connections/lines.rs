//! `--per line`: the seed's demo. A guest is run for each line, and what it writes is the reply.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use support::run::{built, forebay};

use crate::server::Server;

#[test]
fn the_first_line_is_answered_and_the_connection_closed() {
    let Some(yuechu) = built("c/yuechu") else { return };
    let server = Server::start(&["--tcp", "127.0.0.1:0", "--per", "line"], yuechu);
    assert!(server.url.starts_with("tcp://127.0.0.1:"), "{}", server.url);
    for (sent, reply) in
        [("hello\r\nmore\n", "HELLO"), ("last", "LAST"), ("\n", ""), ("", ""), ("a\rb\n", "A\rB")]
    {
        assert_eq!(server.ask(sent.as_bytes()), reply, "{sent:?}");
    }
    // The reply comes though the client hasn't ended.
    let mut open = server.connect();
    open.write_all(b"open\n").unwrap();
    assert_eq!(crate::server::read(open), "OPEN");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_guest_that_fails_has_no_reply_and_harms_nobody_else() {
    let Some(yuechu) = built("c/yuechu") else { return };
    let mut server = Server::start(&["--tcp", "127.0.0.1:0", "--per", "line"], yuechu);
    assert_eq!(server.ask(b"exit 3\n"), "");
    let said = server.said();
    assert!(
        said.contains("exited with code 3") && said.contains("a line from 127.0.0.1"),
        "{said}"
    );
    assert_eq!(server.ask(b"on\n"), "ON");
}

#[test]
fn a_line_that_is_too_long_has_no_reply() {
    let Some(yuechu) = built("c/yuechu") else { return };
    let server = Server::start(&["--tcp", "127.0.0.1:0", "--per", "line"], yuechu);
    let fits = "x".repeat(65535);
    assert_eq!(server.ask(format!("{fits}\n").as_bytes()), fits.to_uppercase());
    let mut stream = server.connect();
    stream.write_all(&[b'x'; 65536]).unwrap();
    let mut reply = Vec::new();
    // The system may tell of what nobody read.
    let _ = stream.read_to_end(&mut reply);
    assert!(reply.is_empty());
}

#[test]
fn each_line_is_answered_if_that_is_said() {
    let Some(yuechu) = built("c/yuechu") else { return };
    let flags = ["--tcp", "127.0.0.1:0", "--per", "line", "--keep-open"];
    let server = Server::start(&flags, yuechu);
    assert_eq!(server.ask(b"a\nb\r\nc"), "ABC");
    let mut reader = BufReader::new(server.connect());
    for text in ["one", "two"] {
        writeln!(reader.get_mut(), "{text}").unwrap();
        let mut reply = [0; 3];
        reader.read_exact(&mut reply).unwrap();
        assert_eq!(reply, text.to_uppercase().as_bytes());
    }
    // A connection between two lines ends with the server.
    assert_eq!(server.end().0, Some(0));
    assert!(reader.fill_buf().is_ok_and(|rest| rest.is_empty()));
}

#[test]
fn a_peer_that_says_nothing_is_left() {
    let Some(yuechu) = built("c/yuechu") else { return };
    let flags = ["--tcp", "127.0.0.1:0", "--per", "line", "--idle-timeout", "200ms"];
    let server = Server::start(&flags, yuechu);
    let mut silent = server.connect();
    silent.write_all(b"half a li").unwrap();
    assert_eq!(crate::server::read(silent), "");
}

#[test]
fn lines_are_for_connections() {
    let refused = |flags: &[&str], why: &str| {
        let program = support::run::wat("upper");
        let output = forebay().arg("serve").args(flags).arg(program).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(why), "{said}");
    };
    refused(&["--per", "line"], "`--per line` is for `--tcp` and `--unix`");
    refused(&["--keep-open", "--tcp", "127.0.0.1:0"], "`--keep-open` is for `--per line`");
}
