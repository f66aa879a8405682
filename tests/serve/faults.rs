//! Guests that fail harm their own request only, and a reply that was cut is cut on the wire.

use std::io::{Read as _, Write as _};

use support::run::built;

use crate::{Reply, Server};

#[test]
fn a_guest_that_fails_is_told_of_and_harms_nobody_else() {
    let Some(program) = built("rust/answers") else { return };
    let server = Server::start(&["--reply-timeout", "500ms", "--max-memory", "64MiB"], program);
    for (path, status, why) in [
        ("/trap", 500, "trapped: wasm `unreachable` instruction executed"),
        ("/silent", 500, "ended without an answer"),
        ("/spin", 504, "didn't answer within 500ms"),
        ("/sleep?60000", 504, "didn't answer within 500ms"),
        ("/grow", 500, "trapped"),
    ] {
        assert_eq!(server.get(path).status, status, "{path}");
        let line = server.hears(&format!("GET {}", path.split('?').next().unwrap()));
        assert!(line.contains("answers.wasm` ") && line.contains(why), "{line}");
        server.get("/").is(200, "hello\n");
    }
}

#[test]
fn guests_that_compute_let_others_have_their_turn() {
    let Some(program) = built("rust/answers") else { return };
    let server = Server::start(&["--reply-timeout", "30s", "--max-in-flight", "64"], program);
    // More than there are threads.
    let mut spinning: Vec<_> = (0..16).map(|_| server.connect()).collect();
    for stream in &mut spinning {
        stream.write_all(b"GET /spin HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    }
    server.get("/").is(200, "hello\n");
    server.get("/sleep?1").is(200, "slept\n");
}

#[test]
fn a_reply_that_was_cut_has_no_end() {
    for (guest, path) in [
        ("rust/answers", "/late-trap"),
        ("rust/answers3", "/late-trap"),
        ("rust/answers", "/short"),
    ] {
        let Some(program) = built(guest) else { return };
        let server = Server::start(&[], program);
        let text = server.raw(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        // Nothing at all is cut, too.
        if !text.is_empty() {
            let reply = Reply::read(&text);
            assert!(reply.status == 200 && !reply.whole, "{reply:?}");
        }
        server.hears(&format!("GET {path}"));
    }
}

#[test]
fn a_peer_that_goes_takes_its_guest_along() {
    let Some(program) = built("rust/answers") else { return };
    let flags = ["--max-in-flight", "1", "--queue-timeout", "50s", "--reply-timeout", "50s"];
    let server = Server::start(&flags, program);
    for path in ["/flood", "/sleep?600000", "/spin"] {
        let mut stream = server.connect();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).unwrap();
        if path == "/flood" {
            stream.read_exact(&mut [0; 1000]).unwrap();
        }
        drop(stream);
        // There is one place only, which this gets when that guest has gone.
        server.get("/").is(200, "hello\n");
    }
}

#[test]
fn thousands_of_peers_that_go_leave_nothing_behind() {
    let Some(program) = built("rust/answers") else { return };
    let server = Server::start(&["--max-in-flight", "8", "--queue-timeout", "50s"], program);
    server.get("/").is(200, "hello\n");
    let before = server.descriptors();
    for _ in 0..2000 {
        let mut stream = server.connect();
        stream.write_all(b"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        drop(stream);
    }
    // With fewer places than requests, each must have given its own back, stack and memory too.
    for _ in 0..16 {
        server.get("/").is(200, "hello\n");
    }
    assert!(server.descriptors() <= before + 8, "{} after {before}", server.descriptors());
    assert!(!server.said().contains("failed:"), "{}", server.said());
}
