//! The network: `--net RULE`. Peers are on loopback, at ports that the system chose.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use crate::run::{built, forebay, run};

/// A server that answers each of `count` connections with what `reply` makes of the request's first
/// line.
fn server(count: usize, reply: fn(&str) -> String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming().take(count) {
            let mut connection = connection.unwrap();
            let mut line = String::new();
            BufReader::new(connection.try_clone().unwrap()).read_line(&mut line).unwrap();
            connection.write_all(reply(&line).as_bytes()).unwrap();
        }
    });
    port
}

fn echo(line: &str) -> String {
    line.to_owned()
}

fn guests() -> Vec<PathBuf> {
    ["rust/probe", "rust/probe3"].into_iter().filter_map(built).collect()
}

#[test]
fn a_granted_peer_is_reached_and_another_is_not() {
    let Some(probe) = built("rust/probe") else { return };
    let port = server(1, echo);
    let rule = format!("tcp://127.0.0.1:{port}");
    let ended =
        run(&["--net", &rule], &probe, &["connect", &format!("127.0.0.1:{port}"), "hello\n"]);
    assert!(ended.code == Some(0) && ended.stdout.contains("hello"), "{ended:?}");
    let ended = run(&["--net", &rule], &probe, &["connect", "127.0.0.1:1", "hello\n"]);
    ended
        .fails(1, &["may not connect to tcp://127.0.0.1:1; allow it with --net tcp://127.0.0.1:1"]);
    assert!(
        ended.stdout.contains("access-denied") || ended.stderr.contains("access-denied"),
        "{ended:?}"
    );
}

#[test]
fn a_granted_name_is_looked_up_and_its_address_reached() {
    let Some(probe) = built("rust/probe") else { return };
    let port = server(1, echo);
    let named = format!("localhost:{port}");
    let ended = run(&["--net", &format!("tcp://{named}")], &probe, &["connect", &named, "hello\n"]);
    assert!(ended.code == Some(0) && ended.stdout.contains("hello"), "{ended:?}");
    let by_address =
        run(&["--net", &format!("tcp://127.0.0.1:{port}")], &probe, &["resolve", "localhost"]);
    by_address.fails(
        1,
        &["may not look up the name `localhost`; allow it with --net 'tcp://localhost:*'"],
    );
}

#[test]
fn looking_up_is_denied_without_a_rule_in_both_versions() {
    for guest in guests() {
        run(&[], &guest, &["resolve", "localhost"])
            .fails(1, &["may not look up the name `localhost`"]);
        let ended = run(&["--net", "tcp://localhost:1"], &guest, &["resolve", "localhost"]);
        assert!(ended.code == Some(0) && ended.stdout.contains("127.0.0.1"), "{ended:?}");
    }
}

#[test]
fn a_request_is_sent_where_a_rule_allows_it_in_both_versions() {
    let answer = |_: &str| {
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello".to_owned()
    };
    for guest in guests() {
        let port = server(1, answer);
        let url = format!("http://127.0.0.1:{port}/");
        let ended = run(&["--net", &format!("tcp://127.0.0.1:{port}")], &guest, &["http", &url]);
        assert!(
            ended.code == Some(0) && ended.stdout.contains("200") && ended.stdout.contains("hello"),
            "{ended:?}"
        );
        let ended = run(&[], &guest, &["http", &url]);
        ended.fails(1, &[&format!("allow it with --net tcp://127.0.0.1:{port}")]);
        run(&[], &guest, &["http", "http://example.com/"])
            .fails(1, &["may not send an HTTP request to tcp://example.com:80"]);
    }
}

#[test]
fn a_grant_after_the_programs_name_is_said_to_be_in_the_wrong_place() {
    let Some(probe) = built("rust/probe") else { return };
    run(&[], &probe, &["connect", "192.0.2.1:9", "--net"])
        .fails(1, &["hint: `--net` after the program's name is the program's own"]);
    let ended = run(&[], &probe, &["connect", "192.0.2.1:9", "x"]);
    assert!(!ended.stderr.contains("hint:"), "{ended:?}");
}

#[test]
fn a_listener_is_granted_by_its_address() {
    let Some(probe) = built("rust/probe") else { return };
    let listen = |rule: &str| -> Command {
        let mut command = forebay();
        command.args(["run", "--net", rule]).arg(&probe).args(["listen", "127.0.0.1:0"]);
        command
    };
    let mut child = listen("listen+tcp://127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").expect("the address it listens on");
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"hello").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut back = String::new();
    client.read_to_string(&mut back).unwrap();
    assert_eq!(back, "hello");
    assert!(child.wait().unwrap().success());

    let ended = crate::run::Ended::of(listen("tcp://127.0.0.1:1").output().unwrap());
    ended.fails(1, &["may not listen on tcp://127.0.0.1:"]);
}

#[test]
fn datagrams_go_only_where_a_rule_allows_it() {
    let Some(probe) = built("rust/probe") else { return };
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = peer.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut buffer = [0; 64];
        let (count, from) = peer.recv_from(&mut buffer).unwrap();
        peer.send_to(&buffer[..count], from).unwrap();
    });
    run(&[], &probe, &["udp", &address, "ping"])
        .fails(1, &["may not bind a socket for UDP; allow it with --net udp://HOST:PORT"]);
    for other in ["udp://127.0.0.1:1", "udp://*:*", "all"] {
        run(&["--net", other], &probe, &["udp", &address, "ping"])
            .fails(1, &[&format!("may not send to udp://{address}; allow it with --net udp://")]);
    }
    let ended = run(&["--net", &format!("udp://{address}")], &probe, &["udp", &address, "ping"]);
    assert!(ended.code == Some(0) && ended.stdout.contains("ping"), "{ended:?}");
}

#[test]
fn this_machine_is_reached_by_a_rule_about_it_alone_in_both_versions() {
    let answer = |_: &str| {
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello".to_owned()
    };
    for guest in guests() {
        let port = server(2, answer);
        for wide in ["all", "tcp://*:*", "tcp://0.0.0.0/0:*"] {
            let refused = format!("connect to tcp://127.0.0.1:{port}; allow it with --net tcp://");
            run(&["--net", wide], &guest, &["http", &format!("http://127.0.0.1:{port}/")])
                .fails(1, &[&refused]);
        }
        let by_name = format!("http://localhost:{port}/");
        run(&["--net", "all"], &guest, &["http", &by_name])
            .fails(1, &["which is tcp://", "on this machine or its link"]);
        for rule in [format!("tcp://localhost:{port}"), "tcp://127.0.0.0/8:*".to_owned()] {
            // With a wide rule beside it, which lets the name be looked up.
            let flags = ["--net", &rule, "--net", "tcp://*:*"];
            let ended = run(&flags, &guest, &["http", &by_name]);
            assert!(ended.code == Some(0) && ended.stdout.contains("hello"), "{ended:?}");
        }
    }
}

#[test]
fn a_socket_that_takes_datagrams_is_bound_where_the_rule_says() {
    let Some(probe) = built("rust/probe") else { return };
    let flags = ["--net", "listen+udp://127.0.0.1:*", "--net", "udp://192.0.2.1:9"];
    run(&flags, &probe, &["udp-bind", "0.0.0.0:0"])
        .fails(1, &["may not listen on udp://0.0.0.0:0"]);
    let mut command = forebay();
    command.arg("run").args(flags).arg(&probe).args(["udp-bind", "127.0.0.1:0"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("forebay runs");
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("bound to ").expect("the address it is bound to");
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"hello", address).unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("hello"), "{rest}");
    child.wait().unwrap();
    run(&[], &probe, &["udp-bind", "0.0.0.0:0"]).fails(1, &["may not bind a socket for UDP"]);
}
