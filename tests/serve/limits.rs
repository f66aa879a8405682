//! Over a limit a peer gets its protocol's own answer, or is closed; never a hang.

use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use support::run::{built, wat};

use crate::server::rest;
use crate::{Reply, Server};

#[test]
fn heads_and_bodies_over_their_sizes_are_refused() {
    let server = Server::start(&["--max-body", "1000", "--max-head", "8KiB"], wat("upper"));
    server.ask("POST", "/", &"x".repeat(1000)).is(200, &"X".repeat(1000));
    assert_eq!(server.ask("POST", "/", &"x".repeat(1001)).status, 413);

    let chunks = "400\r\n".to_owned() + &"x".repeat(0x400) + "\r\n0\r\n\r\n";
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let text = server.raw(head.to_owned() + &chunks);
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");

    let field = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(8 << 10));
    assert!(server.raw(&field).starts_with("HTTP/1.1 431 "));
    let field = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    assert!(server.raw(&field).starts_with("HTTP/1.1 431 "));
    let path = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(70_000));
    assert!(["414", "431"].contains(&&server.raw(&path)[9..12]));
}

#[test]
fn peers_that_are_slow_are_closed() {
    let flags = ["--head-timeout", "300ms", "--idle-timeout", "300ms", "--body-timeout", "300ms"];
    let server = Server::start(&flags, wat("upper"));

    // One that says nothing, and one that doesn't come to the end of its head.
    assert_eq!(rest(&mut server.connect()), "");
    assert_eq!(server.raw("GET / HTTP/1.1\r\nHo"), "");
    // One byte now and then makes it no longer.
    let mut slow = server.connect();
    let mut sent = 0;
    for byte in b"GET / HTTP/1.1\r\nX: ".iter().chain(std::iter::repeat(&b'x')) {
        slow.set_read_timeout(Some(std::time::Duration::from_millis(20))).unwrap();
        let gone = matches!(slow.read(&mut [0]), Ok(0)) || slow.write_all(&[*byte]).is_err();
        if gone {
            break;
        }
        sent += 1;
    }
    assert!(sent < 500, "{sent} bytes were taken");

    // One that stays after its reply, and one that doesn't send its body.
    let text = server.raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    let begun = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc";
    let reply = Reply::read(&server.raw(begun));
    assert!(reply.status == 200 && !reply.whole, "half a body made a whole reply: {reply:?}");
    // One that had the whole body before it answered would say so.
    let flags = [&flags[..], &["--content-type", "text/plain"]].concat();
    let text = Server::start(&flags, wat("wc")).raw(begun);
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
}

#[test]
fn a_peer_that_does_not_read_is_closed() {
    let Some(program) = built("rust/answers") else { return };
    let flags = ["--body-timeout", "300ms", "--max-in-flight", "1", "--queue-timeout", "50s"];
    let server = Server::start(&flags, program);
    let mut stream = server.connect();
    stream.write_all(b"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    // Its guest has the one place until then.
    server.get("/").is(200, "hello\n");
}

#[test]
fn requests_over_their_number_are_told_when_to_come_again() {
    let Some(program) = built("rust/answers") else { return };
    let flags = ["--max-in-flight", "1", "--max-queue", "0"];
    let server = Server::start(&flags, &program);
    let mut first = server.connect();
    first.write_all(b"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    first.read_exact(&mut [0; 100]).unwrap();
    let reply = server.get("/");
    assert!(reply.status == 503 && reply.head.contains("retry-after: 1"), "{reply:?}");
    drop(first);

    let waiting = Server::start(&["--max-in-flight", "1", "--queue-timeout", "100ms"], &program);
    let mut first = waiting.connect();
    first.write_all(b"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    first.read_exact(&mut [0; 100]).unwrap();
    assert_eq!(waiting.get("/").status, 503);
    drop(first);
}

#[test]
fn a_peer_has_so_many_connections_and_requests_on_each() {
    let server = Server::start(&["--max-requests-per-connection", "2"], wat("upper"));
    let ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let text = server.raw(ask.repeat(3));
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2, "{text}");
    assert_eq!(text.to_lowercase().matches("connection: close").count(), 1, "{text}");

    let server = Server::start(&["--max-connections-per-peer", "2"], wat("upper"));
    let mut kept: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for stream in &mut kept {
        // Accepted, and not only waiting to be.
        stream.write_all(ask.as_bytes()).unwrap();
        stream.read_exact(&mut [0; 12]).unwrap();
    }
    assert_eq!(server.raw(ask), "");
}

#[test]
fn a_request_has_its_own_time_and_fuel() {
    let Some(program) = built("rust/answers") else { return };
    let server = Server::start(&["--timeout", "300ms"], &program);
    assert_eq!(server.get("/sleep?60000").status, 504);
    // A reply that has begun is cut.
    assert!(!server.get("/flood").whole);

    let server = Server::start(&["--fuel", "100000000"], &program);
    for _ in 0..3 {
        assert_eq!(server.get("/spin").status, 500);
        server.hears("fuel");
        server.get("/").is(200, "hello\n");
    }
}

#[test]
fn a_server_without_descriptors_serves_again_when_there_are_some() {
    // SAFETY: it sets a limit of the child's, before that is another program.
    let few = |command: &mut Command| unsafe {
        command.pre_exec(|| {
            let few = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
            match libc::setrlimit(libc::RLIMIT_NOFILE, &few) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        });
    };
    let server = Server::start_as(few, &[], wat("upper"));
    let many: Vec<_> = (0..64).map(|_| server.connect()).collect();
    server.hears("cannot accept connections for now");
    drop(many);
    server.ask("POST", "/", "a b").is(200, "A B");
}

#[test]
fn a_thousand_idle_connections_keep_nobody_from_being_served() {
    let server = Server::start(&["--max-connections", "1100"], wat("upper"));
    let idle: Vec<_> = (0..900).map(|_| server.connect()).collect();
    server.ask("POST", "/", "a b").is(200, "A B");
    drop(idle);
}
