//! `--listen` and `--dial`: sockets that a program finds open, driven by real clients and servers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

/// Waits for a connection on a descriptor, echoes it to its end, and is done. Like wazero's and old
/// wasmtime's programs, it opens no socket itself.
fn echo(listener: u32) -> String {
    format!(
        r#"(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
  (func (export "_start") (local $errno i32)
    (loop $again
      (local.set $errno (call $accept (i32.const {listener}) (i32.const 0) (i32.const 0)))
      (if (i32.eq (local.get $errno) (i32.const 6)) (then
        (i32.store8 (i32.const 136) (i32.const 1)) (i32.store (i32.const 144) (i32.const {listener}))
        (call $must (call $poll (i32.const 128) (i32.const 192) (i32.const 1) (i32.const 8)))
        (br $again))))
    (call $must (local.get $errno))
    (loop $more
      (i32.store (i32.const 16) (i32.const 1024)) (i32.store (i32.const 20) (i32.const 4096))
      (call $must (call $read (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 8)))
      (if (i32.load (i32.const 8)) (then
        (i32.store (i32.const 20) (i32.load (i32.const 8)))
        (call $must (call $write (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 8)))
        (br $more))))
    (call $must (call $close (i32.load (i32.const 0))))))"#
    )
}

/// A program in a file, and the command that runs it.
fn command(folder: &tempfile::TempDir, text: &str, flags: &[&str]) -> Command {
    let path = folder.path().join("program.wat");
    std::fs::write(&path, text).expect("the program is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    command.args(["run", "--no-cache"]).args(flags).arg(path);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(text: &str, flags: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary directory");
    command(&folder, text, flags).output().expect("forebay runs")
}

/// Waits for the line that says where the program listens.
fn address(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stderr.as_mut().expect("a pipe")).lines();
    let line = lines.next().expect("a line").expect("text");
    line.strip_prefix("listening: tcp://").unwrap_or_else(|| panic!("{line}")).to_owned()
}

#[track_caller]
fn check_echo(listener: u32, flags: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut child = command(&folder, &echo(listener), flags).spawn().expect("forebay runs");
    let mut client = TcpStream::connect(address(&mut child)).expect("it listens");
    client.write_all(b"through a socket that was open").expect("it reads");
    client.shutdown(Shutdown::Write).expect("half a close");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("it writes");
    assert_eq!(answer, "through a socket that was open");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_listener_is_descriptor_3() {
    check_echo(3, &["--listen", "tcp://127.0.0.1:0"]);
    check_echo(3, &["--listen", "127.0.0.1:0?nonblock=0&backlog=4"]);
    check_echo(3, &["--listen", "tcp6://[::1]:0"]);
}

#[test]
fn a_listener_comes_after_the_directories_or_before_them() {
    check_echo(5, &["--dir", ".::/a", "--dir", ".::/b", "--listen", "127.0.0.1:0"]);
    check_echo(3, &["--dir", ".::/a", "--listen", "127.0.0.1:0", "--fd-order", "sockets"]);
}

#[test]
fn directories_are_found_behind_sockets() {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "fd_prestat_get" (func $get (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      ;; Ends with how many directories a library finds that stops at the first error.
      (func (export "_start") (local $fd i32) (local $found i32)
        (local.set $fd (i32.const 3))
        (loop $next
          (if (i32.eqz (call $get (local.get $fd) (i32.const 0))) (then
            (if (i32.eqz (i32.load8_u (i32.const 0))) (then
              (local.set $found (i32.add (local.get $found) (i32.const 1)))))
            (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
            (br $next))))
        (call $exit (local.get $found))))"#;
    for order in ["sockets", "directories"] {
        let dirs =
            ["--dir", ".::/a", "--dir", ".::/b", "--listen", "127.0.0.1:0", "--fd-order", order];
        assert_eq!(output(text, &dirs).status.code(), Some(2), "{order} first");
    }
}

/// Says the first bytes of descriptor 3, waiting for them.
const LISTEN: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $errno i32)
    (i32.store (i32.const 16) (i32.const 1024)) (i32.store (i32.const 20) (i32.const 4096))
    (local.set $errno (call $read (i32.const 3) (i32.const 16) (i32.const 1) (i32.const 20)))
    (if (local.get $errno) (then (call $exit (local.get $errno))))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))))"#;

#[test]
fn a_dialled_socket_is_connected() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = server.local_addr().expect("an address").port();
    for host in ["127.0.0.1", "localhost"] {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let to = format!("tcp://{host}:{port}?nonblock=0&nodelay=1");
        let child = command(&folder, LISTEN, &["--dial", &to]).spawn().expect("forebay runs");
        let (mut peer, _) = server.accept().expect("it connects");
        peer.write_all(b"greetings").expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "greetings", "{output:?}");
    }
}

#[test]
fn the_environment_counts_and_names_the_sockets_on_request() {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start")
        (drop (call $sizes (i32.const 0) (i32.const 20)))
        (drop (call $get (i32.const 64) (i32.const 1024)))
        (i32.store (i32.const 16) (i32.const 1024))
        (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))))"#;
    let flags = ["--listen", "127.0.0.1:0?name=web", "--listen", "127.0.0.1:0"];
    let said = |flags: &[&str]| String::from_utf8_lossy(&output(text, flags).stdout).into_owned();
    assert_eq!(said(&flags), "");
    let mut asked = flags.to_vec();
    asked.push("--listen-fds");
    assert_eq!(said(&asked), "LISTEN_FDS=2\0LISTEN_FDNAMES=web:unknown\0");
}

#[test]
fn what_cannot_be_opened_ends_the_run_before_it_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let refused = |flags: &[&str], code, part: &str| {
        let output = output(LISTEN, flags);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(code) && said.contains(part), "{said}");
    };
    refused(&["--listen", &address], 125, &format!("cannot listen on tcp://{address}"));
    drop(taken);
    refused(&["--dial", &address], 125, &format!("cannot connect to tcp://{address}"));
    refused(
        &["--listen", "127.0.0.1:0", "--adapter", "official"],
        2,
        "can't be given open sockets",
    );
    refused(
        &["--listen", "127.0.0.1:0", "--adapter", "official"],
        2,
        "by `--net listen+tcp://127.0.0.1:0` instead of `--listen`",
    );
    refused(&["--listen", "example.com:80"], 2, "not on a name");
    // Without the flag there is no socket: EBADF.
    assert_eq!(output(LISTEN, &[]).status.code(), Some(8));
}
