//! Unix sockets of legacy programs: in granted directories, on hosts of ours.

use std::process::{Command, Output, Stdio};

use crate::program::Wrapped;

/// Listens at `/s`, connects, and sends a mebibyte without waiting to a peer that reads afterwards.
/// The exit code is the first errno. The addresses of both ends are as on Linux.
const PROGRAM: &str = r#"(module
    (import "wasi_snapshot_preview1" "sock_open" (func $open (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_bind" (func $bind (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_listen" (func $listen (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_connect" (func $connect (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_getpeeraddr_v2" (func $peer (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_shutdown" (func $shutdown (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $set_flags (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 40)
    (data (i32.const 16) "\c8\00\00\00\80\00\00\00") (data (i32.const 200) "\03\00/s")
    (data (i32.const 64) "\00\00\01\00\00\00\10\00")
    (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
    (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
    (func $socket (result i32)
      (call $must (call $open (i32.const 3) (i32.const 2) (i32.const 0)))
      (i32.load (i32.const 0)))
    (func (export "_start") (local $server i32) (local $client i32) (local $total i32)
      (local.set $server (call $socket))
      (call $must (call $bind (local.get $server) (i32.const 16) (i32.const 0)))
      (call $must (call $listen (local.get $server) (i32.const 1)))
      ;; ADDRINUSE, for the file is there.
      (call $is (call $bind (call $socket) (i32.const 16) (i32.const 0)) (i32.const 3))
      ;; Nobody has connected yet: AGAIN.
      (call $must (call $set_flags (local.get $server) (i32.const 4)))
      (call $is (call $accept (local.get $server) (i32.const 0) (i32.const 0)) (i32.const 6))
      (local.set $client (call $socket))
      (call $must (call $connect (local.get $client) (i32.const 16) (i32.const 0)))
      (call $must (call $peer (local.get $client) (i32.const 16) (i32.const 8)))
      (call $is (i32.load (i32.const 200)) (i32.const 0x732f0003))
      (call $must (call $set_flags (local.get $server) (i32.const 0)))
      (call $must (call $accept (local.get $server) (i32.const 0) (i32.const 0)))
      (local.set $server (i32.load (i32.const 0)))
      (call $must (call $set_flags (local.get $client) (i32.const 4)))
      (call $must (call $send (local.get $client) (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 8)))
      (call $is (i32.load (i32.const 8)) (i32.const 0x100000))
      ;; The rest leaves by itself, while this end is closed and the other one waits.
      (call $must (call $fd_close (local.get $client)))
      (loop $more
        (call $must (call $fd_read (local.get $server) (i32.const 64) (i32.const 1) (i32.const 8)))
        (local.set $total (i32.add (local.get $total) (i32.load (i32.const 8))))
        (br_if $more (i32.load (i32.const 8))))
      (call $is (local.get $total) (i32.const 0x100000))))"#;

fn run(options: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("unix.wat");
    std::fs::write(&program, PROGRAM).expect("it is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    command.args(["run", "--timeout", "60s"]).args(options).arg(program).stdin(Stdio::null());
    command.output().expect("forebay runs")
}

fn granted(folder: &tempfile::TempDir, access: &str) -> String {
    format!("{}::/{access}", folder.path().display())
}

#[test]
fn in_a_granted_directory_a_unix_socket_is_as_on_linux() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["--dir", &granted(&folder, "")]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*stderr), (Some(0), ""));
    assert!(folder.path().join("s").exists(), "the file stays, as the system leaves it");
}

/// Without a directory there is nothing to name one in (ENOTSUP); in one that is only to be read
/// none can be made (EACCES), which the user is told.
#[test]
fn elsewhere_there_is_none() {
    assert_eq!(run(&[]).status.code(), Some(58));
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["--dir", &granted(&folder, "::ro")]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("denied:"), "{stderr}");
}

/// What is wrapped for any host asks for no interface of ours, and says ENOTSUP.
#[test]
fn on_other_hosts_there_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Wrapped::of(PROGRAM);
    let output = program.command(&["--dir", &granted(&folder, "")], &[]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(58), "{}", String::from_utf8_lossy(&output.stderr));
}
