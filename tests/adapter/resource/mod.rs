//! Dagger and CommonWA: each scheme, granted and refused, and what each call says when it can't.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::thread::{self, JoinHandle};

use tempfile::TempDir;

use steps::{Steps, System};

mod cwa;
mod entry;
mod hostile;
mod http;
mod steps;
mod tls;

const NONE: [&str; 0] = [];
const DAGGER: System = System::Dagger2("dagger");
const CWA: System = System::Cwa("cwa");

/// Every way in which programs import the five calls.
const SYSTEMS: [System; 5] =
    [System::Dagger1, DAGGER, System::Dagger2("env"), CWA, System::Cwa("env")];

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
    let steps = Steps::new(DAGGER)
        .open("fd://0", 0)
        .read(0, 10, b"12345")
        .read(0, 10, b"")
        .read(0, 10, b"");
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
            steps = steps
                .read_fails(number, bad)
                .write(number, "x", bad)
                .flush(number, bad)
                .close(number, bad);
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
        let steps = Steps::new(system)
            .open("null://", 0)
            .writes(0, [7; 5000])
            .read(0, 20, b"")
            .read(0, 20, b"")
            .flush(0, 0);
        steps.run(&NONE, "").ends(0);
    }
}

#[test]
fn zero_takes_all_and_gives_zeros() {
    for system in SYSTEMS {
        let steps = Steps::new(system)
            .open("zero://", 0)
            .writes(0, [7; 5000])
            .read(0, 5000, &[0; 5000])
            .flush(0, 0);
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
        let lines = [
            "log: hello\n",
            "log: a long prefix: ended\n",
            "log: second: two\n",
            "log: second: lines\n",
        ];
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
        Steps::new(system)
            .open("file:///a%20file", 0)
            .run_in(&["--dir", "sub::."], &folder)
            .ends(0);
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
        Steps::new(system)
            .open("file:///sub/a%20file", 0)
            .run_in(&["--dir", "sub::sub::ro"], &folder)
            .ends(0);
        let outside =
            Steps::new(system).open("file:///../a", refused).open("file:///x/../../a", refused);
        outside.run_in(&["--dir", "sub::."], &folder).ends(0).says(&["denied: "]);
    }
}

/// A peer for `count` connections.
fn peer(
    count: usize,
    serve: impl Fn(&mut TcpStream) + Send + 'static,
) -> (SocketAddr, JoinHandle<()>) {
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
        let steps = Steps::new(system)
            .open(&url, 0)
            .writes(0, "hello")
            .read(0, 50, b"HELLO")
            .read_fails(0, end);
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
    let thread =
        thread::spawn(move || socket.accept().expect("a connection").0.write_all(b"by a file"));
    Steps::new(DAGGER)
        .open("unix:socket", 0)
        .read(0, 20, b"by a file")
        .run_in(&["--dir", "."], &folder)
        .ends(0);
    thread.join().expect("the peer ends").expect("the guest reads");
    Steps::new(DAGGER).open("unix:socket", -2).run_in(&NONE, &folder).ends(0).says(&["denied: "]);

    let (address, pem, thread) =
        tls::server(|peer| peer.write_all(b"secret").expect("the guest reads"));
    std::fs::write(folder.path().join("ca.pem"), pem).expect("the certificate is written");
    let host = format!("localhost:{}", address.port());
    let steps =
        Steps::new(CWA).open(format!("tls://{host}"), 0).read(0, 20, b"secret").read_fails(0, -5);
    steps.run_in(&["--tls-ca", "ca.pem", "--net", &format!("tcp://{host}")], &folder).ends(0);
    thread.join().expect("the peer ends");
}
