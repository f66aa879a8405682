//! No address in particular, as one to send to, is this host: what listens there is found.

use crate::program::Wrapped;

const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "sock_open" (func $open (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_bind" (func $bind (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_listen" (func $listen (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_connect" (func $connect (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_getlocaladdr_v2" (func $local (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_getpeeraddr_v2" (func $peer (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send_to" (func $send_to (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "\c8\00\00\00\80\00\00\00") (data (i32.const 64) "\50\00\00\00\06\00\00\00")
    (data (i32.const 80) "hello\n")
    (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
    ;; Opens a socket of the family at 200 and says its number.
    (func $socket (param $kind i32) (result i32)
      (call $must (call $open (i32.load16_u (i32.const 200)) (local.get $kind) (i32.const 0)))
      (i32.load (i32.const 0)))
    ;; What arrives goes to standard output.
    (func $show (param i32)
      (call $must (call $recv (local.get 0) (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 12)))
      (call $must (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 8))))"#;

/// Listens at every address and connects to where it says that it listens, which is to none in
/// particular; the peer's address is then the loopback.
const STREAM: &str = "
    (local.set $server (call $socket (i32.const 2)))
    (call $must (call $bind (local.get $server) (i32.const 16) (i32.const 0)))
    (call $must (call $listen (local.get $server) (i32.const 1)))
    (call $must (call $local (local.get $server) (i32.const 16) (i32.const 4)))
    (local.set $client (call $socket (i32.const 2)))
    (call $must (call $connect (local.get $client) (i32.const 16) (i32.load (i32.const 4))))
    (call $must (call $peer (local.get $client) (i32.const 16) (i32.const 4)))
    (if (i32.eqz (i32.or (i32.load8_u (i32.const 205)) (i32.load8_u (i32.const 217)))) (then unreachable))
    (call $must (call $accept (local.get $server) (i32.const 0) (i32.const 0)))
    (call $must (call $send (i32.load (i32.const 0)) (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 8)))
    (call $show (local.get $client))";

/// The same with datagrams, to an address and connected.
const DATAGRAM: &str = "
    (local.set $server (call $socket (i32.const 1)))
    (call $must (call $bind (local.get $server) (i32.const 16) (i32.const 0)))
    (call $must (call $local (local.get $server) (i32.const 16) (i32.const 4)))
    (local.set $client (call $socket (i32.const 1)))
    (call $must (call $send_to (local.get $client) (i32.const 64) (i32.const 1)
      (i32.const 16) (i32.load (i32.const 4)) (i32.const 0) (i32.const 8)))
    (call $show (local.get $server))
    (call $must (call $connect (local.get $client) (i32.const 16) (i32.load (i32.const 4))))
    (call $must (call $send (local.get $client) (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 8)))
    (call $show (local.get $server))";

fn run(family: u32, body: &str, grants: &[&str]) -> (Option<i32>, String, String) {
    let program = Wrapped::of(&format!(
        r#"(module {IMPORTS} (data (i32.const 200) "\0{family}\00")
             (func (export "_start") (local $server i32) (local $client i32) {body}))"#
    ));
    let output = program.command(grants, &[]).output().expect("forebay runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Whether this machine has a loopback of version 6.
fn has_v6() -> bool {
    std::net::TcpListener::bind("[::1]:0").is_ok()
}

#[test]
fn connecting_to_no_address_in_particular_reaches_this_host() {
    for (family, any, loopback) in [(1, "0.0.0.0", "127.0.0.1"), (2, "[::]", "[::1]")] {
        if family == 2 && !has_v6() {
            continue;
        }
        let listen = format!("listen+tcp://{any}:*");
        let grants = ["--net", &listen, "--net", &format!("tcp://{loopback}:*")];
        let (code, stdout, stderr) = run(family, STREAM, &grants);
        assert_eq!((code, stdout.as_str()), (Some(0), "hello\n"), "{stderr}");

        let listen = format!("listen+udp://{any}:*");
        let grants = ["--net", &listen, "--net", &format!("udp://{loopback}:*")];
        let (code, stdout, stderr) = run(family, DATAGRAM, &grants);
        assert_eq!((code, stdout.as_str()), (Some(0), "hello\nhello\n"), "{stderr}");
    }
}

/// It's the loopback's rule that decides, and is proposed.
#[test]
fn without_a_rule_for_the_loopback_it_does_not() {
    let (code, stdout, stderr) = run(1, STREAM, &["--net", "listen+tcp://0.0.0.0:*"]);
    // EACCES.
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.contains("may not connect to tcp://127.0.0.1:"), "{stderr}");
}
