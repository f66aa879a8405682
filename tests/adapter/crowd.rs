//! A thousand connections at once on one program, and clients that reset, stall and half-close.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The echo server that is also measured.
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/src/echo.wat");

/// Longer than any answer takes; a wedged server fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

/// Each connection is a file of ours and one of the server's.
fn allow_many_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < 4096) {
        setrlimit(
            Resource::Nofile,
            Rlimit { current: maximum.map(|most| most.min(4096)), maximum },
        )
        .expect("a limit");
    }
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn serve() -> (Server, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    command.args([
        "run",
        "--no-cache",
        "--listen",
        "tcp://127.0.0.1:0?nonblock=1&backlog=1024",
        SERVER,
    ]);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("forebay runs");
    let mut server = Server(child);
    let mut line = String::new();
    BufReader::new(server.0.stderr.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    let address = line
        .trim()
        .strip_prefix("listening: tcp://")
        .unwrap_or_else(|| panic!("{line}"))
        .to_owned();
    (server, address)
}

fn check_trip(client: &mut TcpStream, index: usize) {
    let sent = format!("message {index:08}");
    client.write_all(sent.as_bytes()).expect("it reads");
    let mut received = vec![0; sent.len()];
    client.read_exact(&mut received).expect("it answers");
    assert_eq!(String::from_utf8_lossy(&received), sent);
}

#[test]
fn a_thousand_connections_of_all_kinds() {
    allow_many_files();
    let (mut server, address) = serve();
    let mut clients: Vec<TcpStream> = (0..1000)
        .map(|_| {
            let client = TcpStream::connect(&address).expect("it listens");
            client.set_read_timeout(Some(PATIENCE)).expect("a socket");
            client
        })
        .collect();
    for (index, client) in clients.iter_mut().enumerate() {
        check_trip(client, index);
    }

    // Some go without a word, with something on its way that nobody will take.
    for mut client in clients.drain(..100) {
        client.write_all(b"lost").expect("it reads");
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("a socket");
    }
    // Some say that they have said everything, and still hear the answer.
    for mut client in clients.drain(..100) {
        client.write_all(b"the last word").expect("it reads");
        client.shutdown(Shutdown::Write).expect("half is closed");
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("it answers");
        assert_eq!(answer, "the last word");
    }
    // Some send and never read, until nothing more goes through; they stay.
    for client in &mut clients[..10] {
        client.set_nonblocking(true).expect("a socket");
        while client.write(&[7; 4096]).is_ok() {}
    }
    for (index, client) in clients.iter_mut().enumerate().skip(10) {
        check_trip(client, index);
    }
    // The places of those that are gone are free again.
    for index in 0..200 {
        check_trip(&mut TcpStream::connect(&address).expect("it listens"), index);
    }
    assert!(server.0.try_wait().expect("a child").is_none(), "the server runs");
}
