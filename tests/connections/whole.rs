//! Connections that are a guest's from one end to the other.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};

use support::places::scratch;
use support::run::{built, forebay, wat};

use crate::server::{Server, read};

#[test]
fn a_typed_filter_goes_from_the_peer_to_the_peer() {
    let server = Server::start(&["--tcp", "127.0.0.1:0"], wat("upper"));
    assert_eq!(server.ask(b"hello\n"), "HELLO\n");
    let large = "abcdefgh".repeat(100_000);
    let mut writer = server.connect();
    let reader = writer.try_clone().unwrap();
    let sent = large.clone();
    let writing = std::thread::spawn(move || {
        writer.write_all(sent.as_bytes()).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    });
    assert_eq!(read(reader), large.to_uppercase());
    writing.join().unwrap();
}

#[test]
fn a_command_has_the_connection_for_its_standard_streams() {
    let Some(cat) = built("c/cat") else { return };
    let server = Server::start(&["--tcp", "127.0.0.1:0"], cat);
    assert_eq!(server.ask(b"as it is\0\n"), "as it is\0\n");
}

#[test]
fn a_handler_is_handed_the_connection() {
    let Some(parrot) = built("rust/parrot") else { return };
    let mut server = Server::start(&["--tcp", "127.0.0.1:0"], parrot);
    let mut first = server.connect();
    let mut second = server.connect();
    // Both are served at the same time.
    for (stream, text) in [(&mut second, "two\nquit\n"), (&mut first, "one\nquit\n")] {
        stream.write_all(text.as_bytes()).unwrap();
        let local = stream.local_addr().unwrap();
        let said = read(stream);
        assert_eq!(said, format!("hello tcp://{local}\n{}bye\n", &text[..4]));
    }

    let local = {
        let mut stream = server.connect();
        stream.write_all(b"fail\n").unwrap();
        let local = stream.local_addr().unwrap();
        assert_eq!(read(stream), format!("hello tcp://{local}\n"));
        local
    };
    let said = server.said();
    assert!(said.contains("it was told to fail") && said.contains(&local.to_string()), "{said}");
}

#[test]
fn a_guest_that_traps_cuts_its_own_connection_alone() {
    let Some(parrot) = built("rust/parrot") else { return };
    let mut server = Server::start(&["--tcp", "127.0.0.1:0"], parrot);
    let (mut other, mut stream) = (server.connect(), server.connect());
    let mut greeting = [0; 6];
    stream.read_exact(&mut greeting).unwrap();
    stream.write_all(b"trap\n").unwrap();
    let cut = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::ConnectionReset);
    assert!(server.said().contains("trapped"));

    other.write_all(b"quit\n").unwrap();
    assert!(read(other).ends_with("bye\n"));
}

#[test]
fn a_unix_socket_is_made_and_removed_and_one_that_was_left_is_replaced() {
    let (folder, program) = (scratch(), wat("upper"));
    let path = folder.path().join("s");
    drop(UnixListener::bind(&path).unwrap());
    let at = path.to_str().unwrap();
    let server = Server::start(&["--unix", at], &program);
    assert_eq!(server.url, format!("unix:{at}"));
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"a").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read(stream), "A");

    // One that is in use isn't.
    let output = forebay().args(["serve", "--unix", at]).arg(&program).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot listen at") && output.status.code() == Some(125), "{said}");
    assert_eq!(server.end().0, Some(0));
    assert!(!path.exists());
}

#[test]
fn a_program_is_served_only_as_it_can_be_asked() {
    let Some(parrot) = built("rust/parrot") else { return };
    for flags in [&["--http", "127.0.0.1:0"][..], &["--gopher", "127.0.0.1:0"]] {
        let output = forebay().arg("serve").args(flags).arg(&parrot).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(2) && said.contains("is handed connections"),
            "{said}"
        );
    }
}
