//! Dagger and CommonWA: each scheme, granted and refused, and what each call says when it can't.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::thread::{self, JoinHandle};

use tempfile::TempDir;

use crate::steps::{Steps, System};

const NONE: [&str; 0] = [];
const DAGGER: System = System::Dagger2("dagger");
const CWA: System = System::Cwa("cwa");

/// Every way in which programs import the five calls.
const SYSTEMS: [System; 6] =
    [System::Dagger1, DAGGER, System::Dagger2("env"), CWA, System::Cwa("env"), System::Dagger2("dagger")];

/// The number of a failure in Dagger, and in CommonWA.
fn code(system: System, dagger: i32, cwa: i32) -> i32 {
    if matches!(system, System::Cwa(_)) { cwa } else { dagger }
}

#[test]
fn standard_streams_need_no_grant() {
    for system in SYSTEMS {
        let end = code(system, -1, -5);
        let steps = Steps::new(system)
            .open("stdin://", 0)
            .open("stdout://", 1)
            .open("stderr://", 2)
            .open("fd://1", 3)
            .read(0, 100, b"what is read")
            .read_fails(0, end)
            .writes(1, "what is ")
            .writes(3, "written\n")
            .writes(2, "and said\n")
            .flush(0, 0)
            .flush(1, 0)
            // Neither way round.
            .write(0, "x", -1)
            .read_fails(1, -1)
            .close(1, 0);
        steps.run(&NONE, "what is read").ends(0).prints("what is written\n").says(&["and said"]);
    }
}

#[test]
fn a_descriptor_by_number_ends_with_nothing() {
    let steps = Steps::new(DAGGER).open("fd://0", 0).read(0, 10, b"12345").read(0, 10, b"").read(0, 10, b"");
    steps.run(&NONE, "12345").ends(0);
}

#[test]
fn only_the_standard_descriptors_are_there() {
    for url in ["fd://3", "fd://-1", "fd://", "fd://x", "fd://11"] {
        Steps::new(DAGGER).open(url, -2).run(&NONE, "").ends(0);
    }
}

#[test]
fn numbers_are_given_lowest_first() {
    for system in SYSTEMS {
        let steps = Steps::new(system)
            .open("null://", 0)
            .open("null://", 1)
            .open("null://", 2)
            .close(1, 0)
            .open("null://", 1)
            .close(0, 0)
            .close(2, 0)
            .open("null://", 0)
            .open("null://", 2)
            .open("null://", 3);
        steps.run(&NONE, "").ends(0);
    }
}

#[test]
fn a_number_that_is_not_open_is_an_error_of_each_call() {
    for system in SYSTEMS {
        let bad = code(system, -1, -2);
        let mut steps = Steps::new(system).open("null://", 0).close(0, 0);
        for number in [0, 1, -1, i32::MAX, i32::MIN, 100_000] {
            steps = steps.read_fails(number, bad).write(number, "x", bad).flush(number, bad).close(number, bad);
        }
        steps.run(&NONE, "").ends(0);
    }
}

#[test]
fn what_is_no_url_or_of_no_scheme_is_told_apart() {
    for system in SYSTEMS {
        let (bad, unknown) = (code(system, -1, -2), code(system, -3, -4));
        let steps = Steps::new(system)
            .open("gopher://x/", unknown)
            .open("averylongschemeindeed://x/", unknown)
            .open("no-scheme", unknown)
            .open("/a/path", unknown)
            .open("path/with:colon", unknown)
            .open("://x", bad)
            .open("1x://x", bad)
            .open("a b://x", bad)
            .open("null://\n", bad)
            .open(b"null://\xff", bad)
            .open(format!("http://{}/", "a".repeat(301)), bad)
            .open("NULL://", 0);
        steps.run(&NONE, "").ends(0);
    }
}

#[test]
fn null_takes_all_and_gives_nothing() {
    for system in SYSTEMS {
        let steps =
            Steps::new(system).open("null://", 0).writes(0, [7; 5000]).read(0, 20, b"").read(0, 20, b"").flush(0, 0);
        steps.run(&NONE, "").ends(0);
    }
}

#[test]
fn zero_takes_all_and_gives_zeros() {
    for system in SYSTEMS {
        let steps = Steps::new(system).open("zero://", 0).writes(0, [7; 5000]).read(0, 5000, &[0; 5000]).flush(0, 0);
        steps.run(&NONE, "").ends(0);
    }
}

#[test]
fn random_gives_bytes_and_takes_none() {
    for system in SYSTEMS {
        let read = if matches!(system, System::Cwa(_)) { "$resource_read" } else { "$read" };
        let steps = Steps::new(system)
            .open("random://", 0)
            .step(&format!("(call {read} (i32.const 0) (i32.const 16) (i32.const 32))"), 32)
            // Sixteen zeros in a row are none.
            .step("(i64.eqz (i64.or (i64.load (i32.const 16)) (i64.load (i32.const 24))))", 0)
            .step("(i64.eq (i64.load (i32.const 16)) (i64.load (i32.const 32)))", 0)
            .write(0, "x", -1)
            .flush(0, 0);
        steps.run(&NONE, "").ends(0);
    }
}

#[test]
fn each_write_to_a_log_is_a_line() {
    for system in SYSTEMS {
        let steps = Steps::new(system)
            .open("log://", 0)
            .open("log://?prefix=a+long%20prefix", 1)
            .open("log://?x=y&prefix=second#part", 2)
            .writes(0, "hello")
            .writes(1, "ended\n")
            .writes(2, "two\nlines")
            .read(0, 10, b"")
            .flush(0, 0)
            .close(0, 0);
        let lines = ["log: hello\n", "log: a long prefix: ended\n", "log: second: two\n", "log: second: lines\n"];
        steps.run(&NONE, "").ends(0).says(&lines);
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    std::fs::create_dir(folder.path().join("sub")).expect("a directory is made");
    std::fs::write(folder.path().join("sub/a file"), "what is in it").expect("a file is written");
    std::fs::write(folder.path().join("long"), [b'x'; 200_000]).expect("a file is written");
    folder
}

#[test]
fn files_lie_below_the_directory_that_is_granted() {
    let folder = folder();
    for system in SYSTEMS {
        let (missing, end) = (code(system, -2, -4), code(system, -1, -5));
        let steps = Steps::new(system)
            .open("file:///sub/a%20file", 0)
            .read(0, 8, b"what is ")
            .read(0, 100, b"in it")
            .read_fails(0, end)
            .write(0, "x", -1)
            .flush(0, 0)
            .close(0, 0)
            // One read gives all that was asked for.
            .open("file:///long?query#part", 0)
            .read(0, 150_000, &[b'x'; 150_000])
            .read(0, 70_000, &[b'x'; 50_000])
            .open("file:/sub/a%20file", 1)
            .open("file:///not-there", missing)
            .open("file:///", code(system, -2, -1))
            .open("file://not-a-path", code(system, -2, -1));
        steps.run_in(&["--dir", ".::.::ro"], &folder).ends(0);
        Steps::new(system).open("file:///a%20file", 0).run_in(&["--dir", "sub::."], &folder).ends(0);
    }
}

#[test]
fn a_file_that_is_not_granted_is_refused() {
    let folder = folder();
    for system in SYSTEMS {
        let refused = code(system, -2, -3);
        let steps = Steps::new(system).open("file:///sub/a%20file", refused);
        let denied = "may not read `sub/a file`; allow it with --dir sub::sub::ro";
        steps.run_in(&NONE, &folder).ends(0).says(&[denied]);
        // The flag that it names is one that works.
        Steps::new(system).open("file:///sub/a%20file", 0).run_in(&["--dir", "sub::sub::ro"], &folder).ends(0);
        let outside = Steps::new(system).open("file:///../a", refused).open("file:///x/../../a", refused);
        outside.run_in(&["--dir", "sub::."], &folder).ends(0).says(&["denied: "]);
    }
}

/// A peer for `count` connections.
fn peer(count: usize, serve: impl Fn(&mut TcpStream) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let thread = thread::spawn(move || {
        for _ in 0..count {
            serve(&mut listener.accept().expect("a connection").0);
        }
    });
    (address, thread)
}

#[test]
fn a_connection_goes_both_ways() {
    let (address, thread) = peer(SYSTEMS.len(), |peer| {
        let mut said = [0; 5];
        peer.read_exact(&mut said).expect("the guest speaks");
        peer.write_all(&said.map(|byte| byte.to_ascii_uppercase())).expect("the guest listens");
    });
    let url = format!("tcp://{address}");
    for system in SYSTEMS {
        let (end, refused) = (code(system, -1, -5), code(system, -2, -3));
        let steps = Steps::new(system).open(&url, 0).writes(0, "hello").read(0, 50, b"HELLO").read_fails(0, end);
        steps.run(&["--net", &url], "").ends(0);
        let denied = format!("may not connect to {url}; allow it with --net {url}");
        Steps::new(system).open(&url, refused).run(&NONE, "").ends(0).says(&[&denied]);
    }
    thread.join().expect("the peer ends");
    // Nobody is there any more.
    Steps::new(CWA).open(&url, -1).run(&["--net", &url], "").ends(0);
}

#[test]
fn connections_are_of_three_kinds() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let socket = UnixListener::bind(folder.path().join("socket")).expect("a socket");
    let thread = thread::spawn(move || socket.accept().expect("a connection").0.write_all(b"by a file"));
    Steps::new(DAGGER).open("unix:socket", 0).read(0, 20, b"by a file").run_in(&["--dir", "."], &folder).ends(0);
    thread.join().expect("the peer ends").expect("the guest reads");
    Steps::new(DAGGER).open("unix:socket", -2).run_in(&NONE, &folder).ends(0).says(&["denied: "]);

    let (address, pem, thread) = crate::tls::server(|peer| peer.write_all(b"secret").expect("the guest reads"));
    std::fs::write(folder.path().join("ca.pem"), pem).expect("the certificate is written");
    let host = format!("localhost:{}", address.port());
    let steps = Steps::new(CWA).open(format!("tls://{host}"), 0).read(0, 20, b"secret").read_fails(0, -5);
    steps.run_in(&["--tls-ca", "ca.pem", "--net", &format!("tcp://{host}")], &folder).ends(0);
    thread.join().expect("the peer ends");
}

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
        let expected = format!("GET /x HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nconnection: close\r\n\r\n");
        assert_eq!(request(peer, 0), expected);
        // In pieces, which are one answer nevertheless.
        for piece in ANSWER.as_bytes().chunks(10) {
            peer.write_all(piece).expect("the guest reads");
        }
    });
    let rule = format!("tcp://{address}");
    // Lines that end as they should or not, and a wish that can't be met.
    let exact = format!("GET /x HTTP/1.1\r\nHost: {address}\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n");
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
        let steps = Steps::new(system).open(format!("http://{address}/"), 0).writes(0, &exact).flush(0, refused);
        steps.run(&NONE, "").ends(0).says(&[&format!("may not connect to {rule}; allow it with --net {rule}")]);
    }
    thread.join().expect("the server ends");
}

#[test]
fn a_request_may_be_long_but_not_without_bound() {
    const LENGTH: usize = 150_000;
    let (address, thread) = peer(1, |peer| {
        let request = request(peer, LENGTH);
        assert!(request.ends_with(&"b".repeat(LENGTH)) && request.contains("content-LENGTH: 150000\r\n"));
        peer.write_all(ANSWER.as_bytes()).expect("the guest reads");
    });
    let head = format!("PUT / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: {LENGTH}\r\n\r\n");
    let mut steps = Steps::new(DAGGER).open(format!("http://user:secret@{address}/"), 0).writes(0, head);
    for _ in 0..LENGTH / 1000 {
        steps = steps.writes(0, "b".repeat(1000));
    }
    // What doesn't fit is not begun.
    steps = steps.open("http://other/", 1).write(1, "c".repeat(150_000), -1).write(0, "b".repeat(150_000), -1);
    steps = steps.writes(1, "fits").flush(0, 0).read(0, 200, ANSWER.as_bytes());
    // Now there is room again.
    steps = steps.write(1, "c".repeat(150_000), 150_000);
    steps.run(&["--net", &format!("tcp://{address}")], "").ends(0);
    thread.join().expect("the server ends");
}

#[test]
fn a_request_without_a_host_has_nowhere_to_go() {
    for (url, text) in [("http://", "GET / HTTP/1.1\r\n\r\n"), ("http://x/", "\r\n\r\n"), ("http://x/", "")] {
        Steps::new(DAGGER).open(url, 0).writes(0, text).flush(0, -1).run(&["--net", "tcp://x:80"], "").ends(0);
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
    steps.run(&["--net", &rule, "--timeout", "300ms"], "").ends(124);
    thread.join().expect("the server ends");
}

#[test]
fn https_is_http_over_tls() {
    let (address, pem, thread) = crate::tls::server(|peer| {
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
