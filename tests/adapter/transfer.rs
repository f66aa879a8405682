//! Reads whose arguments lie where nobody would put them; found by `differential.rs`, or while it
//! was written.

use crate::program::Wrapped;

const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pwrite" (func $pwrite (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_tell" (func $tell (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $size (param i32 i64) (result i32)))
    (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 32) "file")
    (func $must (param $fine i32) (param $code i32) (if (i32.eqz (local.get $fine)) (then (call $exit (local.get $code)))))"#;

/// Runs a program whose directory has `file` in it; it exits with the number of the check that
/// failed.
#[track_caller]
fn check(body: &str, file: &[u8]) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join("file"), file).expect("a file");
    let program = Wrapped::of(&format!("(module {IMPORTS} (func (export \"_start\") {body}))"));
    let grant = format!("{}::/", directory.path().display());
    let output = program.command(&["--dir", &grant], &[]).output().expect("forebay runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

const OPEN: &str =
    "(call $must (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 4) (i32.const 0)
    (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 48))) (i32.const 1))";

/// Two entries of a list of buffers, each with four bytes for address 0x8000.
const LIST: [u8; 16] = [0, 0x80, 0, 0, 4, 0, 0, 0, 0, 0x80, 0, 0, 4, 0, 0, 0];

#[test]
fn a_buffer_may_lie_over_the_list_of_buffers() {
    // What is read says that bytes belong to 0x8000, where they mustn't go.
    let read = "(call $must (i32.eqz (call $read (i32.load (i32.const 48)) (i32.const 64) (i32.const COUNT) (i32.const 52))) (i32.const 2))
        (call $must (i32.eq (i32.load (i32.const 52)) (i32.const 16)) (i32.const 3))
        (call $must (i32.eqz (i32.load (i32.const 0x8000))) (i32.const 4))
        (call $must (i32.eq (i32.load (i32.const 64)) (i32.const 0x8000)) (i32.const 5))";
    let one = "(i32.store (i32.const 64) (i32.const 64)) (i32.store (i32.const 68) (i32.const 16))";
    let two = "(i32.store (i32.const 64) (i32.const 64)) (i32.store (i32.const 68) (i32.const 12))
        (i32.store (i32.const 72) (i32.const 256)) (i32.store (i32.const 76) (i32.const 4))";
    check(&format!("{OPEN} {one} {}", read.replace("COUNT", "1")), &LIST);
    let second = "(call $must (i32.eq (i32.load (i32.const 256)) (i32.const 4)) (i32.const 6))";
    check(&format!("{OPEN} {two} {} {second}", read.replace("COUNT", "2")), &LIST);
}

#[test]
fn each_write_to_a_file_that_is_only_to_be_read_says_so() {
    // Opened to append (the last flag), with the right to read alone.
    let open = OPEN.replace(
        "(i64.const 0) (i32.const 0) (i32.const 48)",
        "(i64.const 0) (i32.const 1) (i32.const 48)",
    );
    let write = "(call $must (i32.eq (call $write (i32.load (i32.const 48)) (i32.const 64) (i32.const 1) (i32.const 52)) (i32.const 8)) (i32.const 2))";
    let list = "(i32.store (i32.const 64) (i32.const 32)) (i32.store (i32.const 68) (i32.const 4))";
    check(&format!("{open} {list} {write} {write} {write}"), b"kept");
}

#[test]
fn the_position_after_appending_is_the_end_that_the_file_had_then() {
    let open = OPEN.replace("(i64.const 2)", "(i64.const 0x1fffffff)").replace(
        "(i64.const 0) (i32.const 0) (i32.const 48)",
        "(i64.const 0) (i32.const 1) (i32.const 48)",
    );
    let list = "(i32.store (i32.const 64) (i32.const 32)) (i32.store (i32.const 68) (i32.const 4))";
    let fine = |call: &str, code: u32| format!("(call $must (i32.eqz {call}) (i32.const {code}))");
    let fd = "(i32.load (i32.const 48))";
    let nothing =
        fine(&format!("(call $write {fd} (i32.const 64) (i32.const 0) (i32.const 52))"), 2);
    let write = fine(&format!("(call $write {fd} (i32.const 64) (i32.const 1) (i32.const 52))"), 3);
    let elsewhere = fine(
        &format!("(call $pwrite {fd} (i32.const 64) (i32.const 1) (i64.const 9) (i32.const 52))"),
        4,
    );
    let longer = fine(&format!("(call $size {fd} (i64.const 100))"), 5);
    let at = |position: u32| {
        let tell = fine(&format!("(call $tell {fd} (i32.const 72))"), 6);
        format!(
            "{tell} (call $must (i32.eq (i32.load (i32.const 72)) (i32.const {position})) (i32.const {}))",
            10 + position
        )
    };
    check(&format!("{open} {list} {nothing} {}", at(0)), b"kept");
    check(&format!("{open} {list} {write} {elsewhere} {}", at(8)), b"kept");
    check(&format!("{open} {list} {write} {longer} {}", at(8)), b"kept");
}

#[test]
fn a_directory_that_was_listed_is_still_no_file() {
    let body = "(call $must (i32.eqz (call $readdir (i32.const 3) (i32.const 1024) (i32.const 30) (i64.const 0) (i32.const 48))) (i32.const 1))
        (call $must (i32.eqz (call $readdir (i32.const 3) (i32.const 1024) (i32.const 1024) (i64.const 2) (i32.const 48))) (i32.const 2))
        (i32.store (i32.const 64) (i32.const 256)) (i32.store (i32.const 68) (i32.const 16))
        (call $must (i32.eq (call $read (i32.const 3) (i32.const 64) (i32.const 1) (i32.const 48)) (i32.const 8)) (i32.const 3))
        (call $must (i32.eq (call $read (i32.const 3) (i32.const 64) (i32.const 0) (i32.const 48)) (i32.const 8)) (i32.const 4))";
    check(body, b"");
}
