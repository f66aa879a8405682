//! `poll_oneoff` that doesn't wait is right the first time, whatever the descriptor is.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::process::Stdio;

use crate::program::Wrapped;

/// Asks once whether standard input can be read and standard output written, with a timeout of 0,
/// and then reads three bytes, which go to standard output. The exit code has a bit for each event
/// of a descriptor.
fn asks_once() -> Wrapped {
    Wrapped::of(
        r#"(module
             (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
             (memory (export "memory") 1)
             ;; Subscriptions: 48 bytes each, a clock of 0 nanoseconds first.
             (data (i32.const 16) "\01")
             (data (i32.const 48) "\01\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
             (data (i32.const 96) "\02\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\01\00\00\00")
             (data (i32.const 400) "\00\02\00\00\03\00\00\00")
             (func $must (param i32) (if (local.get 0) (then unreachable)))
             (func (export "_start") (local $at i32) (local $bits i32)
               (i32.store (i32.const 16) (i32.const 1))
               (call $must (call $poll (i32.const 0) (i32.const 160) (i32.const 3) (i32.const 300)))
               (local.set $at (i32.const 160))
               (loop $next
                 (call $must (i32.load16_u offset=8 (local.get $at)))
                 (local.set $bits (i32.or (local.get $bits) (i32.load (local.get $at))))
                 (local.set $at (i32.add (local.get $at) (i32.const 32)))
                 (i32.store (i32.const 300) (i32.sub (i32.load (i32.const 300)) (i32.const 1)))
                 (br_if $next (i32.load (i32.const 300))))
               (if (i32.and (local.get $bits) (i32.const 1)) (then
                 (call $must (call $fd_read (i32.const 0) (i32.const 400) (i32.const 1) (i32.const 404)))
                 (call $must (call $fd_write (i32.const 1) (i32.const 400) (i32.const 1) (i32.const 408)))))
               (call $exit (local.get $bits))))"#,
    )
}

#[track_caller]
fn check(program: &Wrapped, stdin: Stdio, bits: i32, read: &str) {
    let output = program.command(&[], &[]).stdin(stdin).output().expect("forebay runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*stdout), (Some(bits), read), "{stderr}");
}

#[test]
fn input_that_is_there_is_seen_without_waiting() {
    let program = asks_once();
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(b"abcdef").expect("it is written");
    // Ten times: it must not be a matter of luck.
    for _ in 0..10 {
        file.rewind().expect("to its start");
        check(&program, file.try_clone().expect("a second handle").into(), 3, "abc");
    }

    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(b"abcdef").expect("it is written");
    check(&program, reader.try_clone().expect("a second handle").into(), 3, "abc");
    check(&program, reader.try_clone().expect("a second handle").into(), 3, "def");
    // Nothing is there, and the writer is: only standard output is ready.
    check(&program, reader.try_clone().expect("a second handle").into(), 2, "");
    drop(writer);
    check(&program, reader.into(), 3, "");

    check(&program, Stdio::null(), 3, "");
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair of sockets");
    (&ours).write_all(b"xyz").expect("it is written");
    check(&program, Stdio::from(std::os::fd::OwnedFd::from(theirs)), 3, "xyz");
}

/// What a program leaves of a file is there for the next one that has the same open file.
#[test]
fn no_more_is_read_than_the_program_asks_for() {
    let program = asks_once();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("input");
    std::fs::write(&path, "abcdefghi").expect("it is written");
    let mut file = File::open(path).expect("it opens");
    check(&program, file.try_clone().expect("a second handle").into(), 3, "abc");
    check(&program, file.try_clone().expect("a second handle").into(), 3, "def");
    let mut rest = String::new();
    file.read_to_string(&mut rest).expect("it reads");
    assert_eq!(rest, "ghi");
}
