//! Socket programs in the dialects that no compiler here speaks, driven by real clients.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Stdio};

use crate::program::Wrapped;

/// What the programs share: a line with the port goes to stdout, as five digits.
const PRINT: &str = r#"
    (func $print (param $port i32) (local $at i32)
      (local.set $at (i32.const 104))
      (i32.store8 (i32.const 105) (i32.const 10))
      (loop $next
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $port) (i32.const 10))))
        (local.set $port (i32.div_u (local.get $port) (i32.const 10)))
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (br_if $next (i32.ge_u (local.get $at) (i32.const 100))))
      (i32.store (i32.const 80) (i32.const 100)) (i32.store (i32.const 84) (i32.const 6))
      (call $must (call $fd_write (i32.const 1) (i32.const 80) (i32.const 1) (i32.const 88))))
    (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))"#;

const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))"#;

/// Echoes connections one after the other; an empty one ends it.
fn echo(
    accept: &str,
    call: &str,
    local: &str,
    address: &str,
    find: &str,
    family: u32,
    kind: u32,
) -> String {
    format!(
        r#"(module {IMPORTS}
             (import "wasi_snapshot_preview1" "sock_open" (func $open (param i32 i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "sock_bind" (func $bind (param i32 i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "sock_listen" (func $listen (param i32 i32) (result i32)))
             {accept} {local}
             (memory (export "memory") 2)
             {address}
             {PRINT}
             (func (export "_start") (local $listener i32) (local $socket i32) (local $total i32)
               (call $must (call $open (i32.const {family}) (i32.const {kind}) (i32.const 0)))
               (local.set $listener (i32.load (i32.const 0)))
               (call $must (call $bind (local.get $listener) (i32.const 16) (i32.const 0)))
               (call $must (call $listen (local.get $listener) (i32.const 16)))
               {find}
               (call $print (i32.load (i32.const 32)))
               (loop $connections
                 (call $must {call})
                 (local.set $socket (i32.load (i32.const 4)))
                 (local.set $total (i32.const 0))
                 (loop $bytes
                   (i32.store (i32.const 80) (i32.const 1024)) (i32.store (i32.const 84) (i32.const 65536))
                   (call $must (call $recv (local.get $socket) (i32.const 80) (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 12)))
                   (if (i32.load (i32.const 8)) (then
                     (local.set $total (i32.add (local.get $total) (i32.load (i32.const 8))))
                     (i32.store (i32.const 84) (i32.load (i32.const 8)))
                     (call $must (call $send (local.get $socket) (i32.const 80) (i32.const 1) (i32.const 0) (i32.const 8)))
                     (br $bytes))))
                 (call $must (call $fd_close (local.get $socket)))
                 (br_if $connections (local.get $total)))
               (call $must (call $fd_close (local.get $listener)))))"#
    )
}

/// 127.0.0.1 as four octets; `buf` at 200.
const OCTETS: &str =
    r#"(data (i32.const 16) "\c8\00\00\00\04\00\00\00") (data (i32.const 200) "\7f\00\00\01")"#;
/// The same as 128 bytes with the family in front.
const TAGGED: &str = r#"(data (i32.const 16) "\c8\00\00\00\80\00\00\00") (data (i32.const 200) "\01\00\7f\00\00\01")"#;

const ACCEPT_2: &str = r#"(import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32) (result i32)))"#;
const CALL_2: &str = "(call $accept (local.get $listener) (i32.const 4))";
const ACCEPT_3: &str = r#"(import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))"#;
const CALL_3: &str = "(call $accept (local.get $listener) (i32.const 0) (i32.const 4))";

const LOCAL_4: &str = r#"(import "wasi_snapshot_preview1" "sock_getlocaladdr" (func $local (param i32 i32 i32 i32) (result i32)))"#;
/// The first version says 4 for the family beside the port.
const FIND_4: &str = r#"(call $must (call $local (local.get $listener) (i32.const 16) (i32.const 28) (i32.const 32)))
    (if (i32.ne (i32.load (i32.const 28)) (i32.const 4)) (then unreachable))"#;
const LOCAL_3: &str = r#"(import "wasi_snapshot_preview1" "sock_getlocaladdr_v2" (func $local (param i32 i32 i32) (result i32)))"#;
const FIND_3: &str = r#"(call $must (call $local (local.get $listener) (i32.const 16) (i32.const 32)))
    (if (i32.ne (i32.load16_u (i32.const 200)) (i32.const 1)) (then unreachable))"#;

/// Everything, and this machine, where the clients are.
const NET: &[&str] = &["--net", "all", "--net", "tcp://127.0.0.1:*", "--net", "udp://127.0.0.1:*"];

/// Starts an echo server and talks to it: at once, slowly, half-closed, and with a reset.
#[track_caller]
fn check_echo(text: &str) {
    let program = Wrapped::of(text);
    let mut server = program.command(NET, &[]).spawn().expect("forebay runs");
    let port = first_line(&mut server).trim().parse().expect("a port");
    let connect = || TcpStream::connect(("127.0.0.1", port)).expect("it listens");

    let sent: Vec<u8> = (0..300_000u32).map(|index| (index % 251) as u8).collect();
    let mut client = connect();
    let mut writer = client.try_clone().expect("a second handle");
    let bytes = sent.clone();
    let thread = std::thread::spawn(move || {
        writer.write_all(&bytes).expect("it reads");
        writer.shutdown(Shutdown::Write).expect("half is closed");
    });
    let mut received = Vec::new();
    client.read_to_end(&mut received).expect("it answers");
    thread.join().expect("everything was sent");
    assert!(received == sent, "{} bytes came back", received.len());

    let mut client = connect();
    let mut byte = [0];
    for sent in 0..100 {
        client.write_all(&[sent]).expect("it reads");
        client.read_exact(&mut byte).expect("it answers");
        assert_eq!(byte, [sent]);
    }
    drop(client);

    connect().shutdown(Shutdown::Both).expect("an empty connection ends it");
    let output = server.wait_with_output().expect("it ends");
    assert!(
        output.status.success(),
        "{:?}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

fn first_line(child: &mut Child) -> String {
    // A byte at a time: what follows belongs to `wait_with_output`.
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("stdout is piped");
    BufReader::with_capacity(1, stdout).read_line(&mut line).expect("a line");
    line
}

#[test]
fn echo_in_the_first_version() {
    check_echo(&echo(ACCEPT_2, CALL_2, LOCAL_4, OCTETS, FIND_4, 1, 2));
}

#[test]
fn echo_in_the_second_version() {
    check_echo(&echo(ACCEPT_3, CALL_3, LOCAL_3, TAGGED, FIND_3, 1, 2));
}

#[test]
fn echo_in_a_mixture_of_both() {
    check_echo(&echo(ACCEPT_2, CALL_2, LOCAL_3, TAGGED, FIND_3, 1, 2));
}

#[test]
fn echo_with_the_numbers_of_the_oldest_version() {
    check_echo(&echo(ACCEPT_2, CALL_2, LOCAL_4, OCTETS, FIND_4, 0, 1));
}

#[test]
fn radus_connect_makes_the_descriptor() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let program = Wrapped::of(&format!(
        r#"(module {IMPORTS}
             (import "wasi_snapshot_preview1" "sock_connect" (func $connect (param i32 i32 i32) (result i32)))
             (memory (export "memory") 1)
             (data (i32.const 80) "\c8\00\00\00\05\00\00\00\cd\00\00\00\01\00\00\00") (data (i32.const 200) "hello\n")
             (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
             (func (export "_start")
               (call $must (call $connect (i32.const 0x7f000001) (i32.const {port}) (i32.const 0)))
               (call $must (call $send (i32.load (i32.const 0)) (i32.const 80) (i32.const 2) (i32.const 0) (i32.const 8)))
               (i32.store (i32.const 84) (i32.const 100))
               ;; The library of its time passed 0 for the flags it didn't want.
               (call $must (call $recv (i32.load (i32.const 0)) (i32.const 80) (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 0)))
               (i32.store (i32.const 84) (i32.load (i32.const 8)))
               (call $must (call $fd_write (i32.const 1) (i32.const 80) (i32.const 1) (i32.const 8)))))"#
    ));
    let child = program.command(NET, &[]).spawn().expect("forebay runs");
    let (mut peer, _) = listener.accept().expect("it connects");
    let mut received = [0; 6];
    peer.read_exact(&mut received).expect("it sends");
    assert_eq!(&received, b"hello\n");
    peer.write_all(b"world").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &b"world"[..]));
}

#[test]
fn a_datagram_and_its_answer() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = socket.local_addr().expect("it is bound").port();
    let program = Wrapped::of(&format!(
        r#"(module {IMPORTS}
             (import "wasi_snapshot_preview1" "sock_open" (func $open (param i32 i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "sock_send_to" (func $send_to (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "sock_recv_from"
               (func $recv_from (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
             (memory (export "memory") 1) {TAGGED}
             (data (i32.const 400) "ping")
             (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
             (func (export "_start")
               (call $must (call $open (i32.const 1) (i32.const 1) (i32.const 0)))
               (i32.store (i32.const 80) (i32.const 400)) (i32.store (i32.const 84) (i32.const 4))
               (call $must (call $send_to (i32.load (i32.const 0)) (i32.const 80) (i32.const 1)
                 (i32.const 16) (i32.const {port}) (i32.const 0) (i32.const 8)))
               (call $must (call $recv_from (i32.load (i32.const 0)) (i32.const 80) (i32.const 1)
                 (i32.const 16) (i32.const 0) (i32.const 32) (i32.const 8) (i32.const 12)))
               ;; Four of the six bytes fit, which the flags say; the port is the sender's.
               (if (i32.ne (i32.load (i32.const 8)) (i32.const 4)) (then unreachable))
               (if (i32.ne (i32.load16_u (i32.const 12)) (i32.const 1)) (then unreachable))
               (if (i32.ne (i32.load (i32.const 32)) (i32.const {port})) (then unreachable))
               (call $must (call $fd_write (i32.const 1) (i32.const 80) (i32.const 1) (i32.const 8)))))"#
    ));
    let child = program.command(NET, &[]).spawn().expect("forebay runs");
    let mut received = [0; 10];
    let (len, from) = socket.recv_from(&mut received).expect("it sends");
    assert_eq!(&received[..len], b"ping");
    socket.send_to(b"answer", from).expect("it receives");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &b"answ"[..]));
}

#[test]
fn without_a_grant_nothing_connects() {
    let program = Wrapped::of(&echo(ACCEPT_2, CALL_2, LOCAL_4, OCTETS, FIND_4, 1, 2));
    let output = program.command(&[], &[]).stderr(Stdio::piped()).output().expect("forebay runs");
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "it didn't listen");
}

#[test]
fn bytes_that_were_looked_at_are_received_too() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    // Looks at three bytes twice, then receives two, one, and the rest; writes each part as a line
    // of its own would.
    let receive = |len: u32, flags: u32| {
        format!(
            "(i32.store (i32.const 84) (i32.const {len}))
             (call $must (call $recv (local.get 0) (i32.const 80) (i32.const 1) (i32.const {flags}) (i32.const 8) (i32.const 12)))
             (i32.store (i32.const 84) (i32.load (i32.const 8)))
             (call $must (call $fd_write (i32.const 1) (i32.const 80) (i32.const 1) (i32.const 8)))
             (call $must (call $fd_write (i32.const 1) (i32.const 88) (i32.const 1) (i32.const 8)))"
        )
    };
    let program = Wrapped::of(&format!(
        r#"(module {IMPORTS}
             (import "wasi_snapshot_preview1" "sock_connect" (func $connect (param i32 i32 i32) (result i32)))
             (memory (export "memory") 1)
             (data (i32.const 80) "\c8\00\00\00\05\00\00\00\cf\00\00\00\01\00\00\00") (data (i32.const 207) "|")
             (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
             (func (export "_start") (local i32)
               (call $must (call $connect (i32.const 0x7f000001) (i32.const {port}) (i32.const 0)))
               (local.set 0 (i32.load (i32.const 0)))
               {} {} {} {} {}))"#,
        receive(3, 1),
        receive(3, 1),
        receive(2, 0),
        receive(1, 0),
        receive(3, 2),
    ));
    let child = program.command(NET, &[]).spawn().expect("forebay runs");
    let (mut peer, _) = listener.accept().expect("it connects");
    peer.write_all(b"abcdef").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "abc|abc|ab|c|def|");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn echo_with_wamrs_types() {
    // The program is the same but for its imports, behind which functions with WasmEdge's types
    // call WAMR's.
    let wrappers = r#"
        (func $open (param i32 i32 i32) (result i32)
          (call $open_in_pool (i32.const 0) (local.get 0) (local.get 1) (local.get 2)))
        (func $bind (param i32 i32 i32) (result i32) (call $bind_address (local.get 0) (local.get 1)))
        (data (i32.const 16) "\00\00\00\00\7f\00\00\01")"#;
    let local = r#"(import "wasi_snapshot_preview1" "sock_addr_local" (func $local (param i32 i32) (result i32)))"#;
    let find = r#"(call $must (call $local (local.get $listener) (i32.const 16)))
        (if (i32.ne (i32.load (i32.const 20)) (i32.const 0x0100007f)) (then unreachable))
        (i32.store (i32.const 32) (i32.load16_u (i32.const 24)))"#;
    let text = echo(ACCEPT_3, CALL_3, local, wrappers, find, 0, 1)
        .replace(
            "(func $open (param i32 i32 i32) (result i32)))\n",
            "(func $open_in_pool (param i32 i32 i32 i32) (result i32)))\n",
        )
        .replace(
            "(func $bind (param i32 i32 i32) (result i32)))\n",
            "(func $bind_address (param i32 i32) (result i32)))\n",
        );
    check_echo(&text);
}
