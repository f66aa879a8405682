//! What is done while it serves: ending it, and replacing the program.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use support::places::scratch;
use support::run::{built, wat};

use crate::server::rest;
use crate::{Reply, Server};

#[test]
fn sigterm_lets_requests_end_that_have_begun_and_no_more_begin() {
    let Some(program) = built("rust/answers") else { return };
    for signal in [libc::SIGTERM, libc::SIGINT] {
        let mut server = Server::start(&["--verbose"], &program);
        let mut busy: Vec<TcpStream> = (0..8).map(|_| server.connect()).collect();
        for stream in &mut busy {
            stream.write_all(b"GET /sleep?500 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        }
        let mut idle = server.connect();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        idle.read_exact(&mut [0; 20]).unwrap();

        server.signal(signal);
        server.hears("draining");
        for stream in &mut busy {
            Reply::read(&rest(stream)).is(200, "slept\n");
        }
        rest(&mut idle);
        assert_eq!(server.ends(), Some(0));
        assert!(TcpStream::connect(server.address).is_err());
    }
}

#[test]
fn what_takes_longer_than_the_time_to_drain_is_cut_and_a_second_signal_ends_at_once() {
    let Some(program) = built("rust/answers") else { return };
    let begin = |server: &Server| {
        let mut stream = server.connect();
        stream.write_all(b"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        stream.read_exact(&mut [0; 100]).unwrap();
        stream
    };
    let mut server = Server::start(&["--drain", "200ms"], &program);
    let stream = begin(&server);
    server.signal(libc::SIGTERM);
    server.hears("were cut");
    assert_eq!(server.ends(), Some(0));
    drop(stream);

    let mut server = Server::start(&["--drain", "1h", "--verbose"], &program);
    let stream = begin(&server);
    server.signal(libc::SIGTERM);
    server.hears("draining");
    server.signal(libc::SIGTERM);
    assert_eq!(server.ends(), Some(143));
    drop(stream);
}

/// Has commands be asked as filters, too.
const TEXT: [&str; 2] = ["--content-type", "text/plain"];

/// Puts a program in the place of another, whole.
fn replace(place: &Path, program: impl AsRef<Path>) {
    let beside = place.with_extension("new");
    std::fs::copy(program, &beside).unwrap();
    std::fs::rename(beside, place).unwrap();
}

#[test]
fn a_program_is_replaced_by_one_that_starts_and_by_no_other() {
    let folder = scratch();
    let place = folder.path().join("program.wat");
    replace(&place, wat("upper"));
    let server = Server::start(&TEXT, &place);
    server.ask("POST", "/", "a b").is(200, "A B");

    for broken in ["tests/guests/invalid.wat", "tests/guests/handler.wat", "components/wat/add.wat"]
    {
        let told = server.said().matches("what was there before stays").count();
        replace(&place, support::places::root().join(broken));
        server.signal(libc::SIGHUP);
        server.hears_often("what was there before stays", told + 1);
        server.ask("POST", "/", "a b").is(200, "A B");
    }

    replace(&place, wat("wc"));
    server.signal(libc::SIGHUP);
    server.hears("serving generation 2");
    assert!(server.ask("POST", "/", "a b").body.contains('2'));
}

#[test]
fn a_file_that_is_watched_is_loaded_when_it_changes() {
    let folder = scratch();
    let place = folder.path().join("program.wat");
    replace(&place, wat("upper"));
    let server = Server::start(&["--watch", TEXT[0], TEXT[1]], &place);
    server.ask("POST", "/", "a b").is(200, "A B");
    replace(&place, wat("wc"));
    server.hears("serving generation 2");
    assert!(server.ask("POST", "/", "a b").body.contains('2'));
}

#[test]
fn a_hundred_replacements_under_load_lose_no_request() {
    let folder = scratch();
    let place = folder.path().join("program.wat");
    replace(&place, wat("upper"));
    let server = Server::start(&TEXT, &place);
    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let reply = server.ask("POST", "/", "a b");
                    // By the one program or by the other.
                    let known = reply.body == "A B" || reply.body.contains('2');
                    assert!(reply.status == 200 && reply.whole && known, "{reply:?}");
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for number in 2..=101 {
            replace(&place, wat(if number % 2 == 0 { "wc" } else { "upper" }));
            server.signal(libc::SIGHUP);
            server.hears(&format!("serving generation {number} "));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(asked.load(Ordering::Relaxed) > 0);
    // Old generations have gone, with their engines' threads.
    assert!(!server.said().contains("failed:"), "{}", server.said());
}
