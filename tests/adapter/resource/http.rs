//! HTTP resources: a request is written, then flushed, then its answer is read.

use std::io::{Read, Write};

use super::steps::Steps;
use super::{CWA, DAGGER, NONE, SYSTEMS, code, peer, tls};

/// Reads a request's head, and a body of `length` bytes.
fn request(peer: &mut impl Read, length: usize) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        peer.read_exact(&mut byte).expect("the guest sends a request");
        request.extend(byte);
    }
    let mut body = vec![0; length];
    peer.read_exact(&mut body).expect("the guest sends a body");
    request.extend(body);
    String::from_utf8(request).expect("the request is text")
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage";

#[test]
fn a_request_is_written_and_flushed_and_its_answer_read() {
    let (address, thread) = peer(SYSTEMS.len() * 2, |peer| {
        let host = peer.local_addr().expect("an address");
        let expected =
            format!("GET /x HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nconnection: close\r\n\r\n");
        assert_eq!(request(peer, 0), expected);
        // In pieces, which are one answer nevertheless.
        for piece in ANSWER.as_bytes().chunks(10) {
            peer.write_all(piece).expect("the guest reads");
        }
    });
    let rule = format!("tcp://{address}");
    // Lines that end as they should or not, and a wish that can't be met.
    let exact = format!(
        "GET /x HTTP/1.1\r\nHost: {address}\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n"
    );
    let lax = format!("GET /x HTTP/1.1\nHost: {address}\nAccept: */*\n\n\nnothing that is sent");
    for system in SYSTEMS {
        let (end, wrong) = (code(system, -1, -5), -1);
        // Some programs leave the host to the header.
        for (url, text) in [(format!("http://{address}/"), &exact), ("http://".to_owned(), &lax)] {
            let (first, second) = text.split_at(20);
            let steps = Steps::new(system)
                .open(&url, 0)
                .writes(0, first)
                .read_fails(0, wrong)
                .flush(0, wrong)
                .writes(0, second)
                .flush(0, 0)
                .write(0, "more", wrong)
                .flush(0, wrong)
                .read(0, 15, b"HTTP/1.1 200 OK")
                .read(0, 100, &ANSWER.as_bytes()[15..])
                .read_fails(0, end)
                .close(0, 0)
                .open("null://", 0);
            steps.run(&["--net", &rule], "").ends(0);
        }
        let refused = code(system, -1, -3);
        let steps = Steps::new(system)
            .open(format!("http://{address}/"), 0)
            .writes(0, &exact)
            .flush(0, refused);
        steps
            .run(&NONE, "")
            .ends(0)
            .says(&[&format!("may not connect to {rule}; allow it with --net {rule}")]);
    }
    thread.join().expect("the server ends");
}

#[test]
fn a_request_may_be_long_but_not_without_bound() {
    const LENGTH: usize = 150_000;
    let (address, thread) = peer(1, |peer| {
        let request = request(peer, LENGTH);
        assert!(
            request.ends_with(&"b".repeat(LENGTH))
                && request.contains("content-LENGTH: 150000\r\n")
        );
        peer.write_all(ANSWER.as_bytes()).expect("the guest reads");
    });
    let head = format!("PUT / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: {LENGTH}\r\n\r\n");
    let mut steps =
        Steps::new(DAGGER).open(format!("http://user:secret@{address}/"), 0).writes(0, head);
    for _ in 0..LENGTH / 1000 {
        steps = steps.writes(0, "b".repeat(1000));
    }
    // What doesn't fit is not begun.
    steps = steps.open("http://other/", 1).write(1, "c".repeat(150_000), -1).write(
        0,
        "b".repeat(150_000),
        -1,
    );
    steps = steps.writes(1, "fits").flush(0, 0).read(0, 200, ANSWER.as_bytes());
    // Now there is room again.
    steps = steps.write(1, "c".repeat(150_000), 150_000);
    steps.run(&["--net", &format!("tcp://{address}")], "").ends(0);
    thread.join().expect("the server ends");
}

#[test]
fn a_request_without_a_host_has_nowhere_to_go() {
    for (url, text) in
        [("http://", "GET / HTTP/1.1\r\n\r\n"), ("http://x/", "\r\n\r\n"), ("http://x/", "")]
    {
        Steps::new(DAGGER)
            .open(url, 0)
            .writes(0, text)
            .flush(0, -1)
            .run(&["--net", "tcp://x:80"], "")
            .ends(0);
    }
}

#[test]
fn a_server_that_never_answers_holds_a_program_until_its_time_is_up() {
    let (address, thread) = peer(1, |peer| {
        request(peer, 0);
        // The end of it is the end of the program.
        let _ = peer.read(&mut [0]);
    });
    let rule = format!("tcp://{address}");
    let steps = Steps::new(DAGGER)
        .open(format!("http://{address}"), 0)
        .writes(0, "GET / HTTP/1.1\r\n\r\n")
        .flush(0, 0)
        .read_fails(0, -1);
    steps.run(&["--net", &rule, "--timeout", "3s"], "").ends(124);
    thread.join().expect("the server ends");
}

#[test]
fn https_is_http_over_tls() {
    let (address, pem, thread) = tls::server(|peer| {
        assert!(request(peer, 0).starts_with("GET /secret HTTP/1.1\r\n"));
        peer.write_all(ANSWER.as_bytes()).expect("the guest reads");
    });
    let folder = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(folder.path().join("ca.pem"), pem).expect("the certificate is written");
    let host = format!("localhost:{}", address.port());
    let steps = Steps::new(CWA)
        .open("https://", 0)
        .writes(0, format!("GET /secret HTTP/1.1\r\nHost: {host}\r\n\r\n"))
        .flush(0, 0)
        .read(0, 200, ANSWER.as_bytes());
    steps.run_in(&["--tls-ca", "ca.pem", "--net", &format!("tcp://{host}")], &folder).ends(0);
    thread.join().expect("the server ends");
}
