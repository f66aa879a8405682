//! Reads of every size: straight into the guest's memory where the file has all of it, else by a
//! copy.

use std::process::Command;

use crate::program::Wrapped;

/// A file that has no two equal stretches side by side.
fn contents(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 251 ^ index >> 8) as u8).collect()
}

/// Runs a program that opens `file` as descriptor 4, with `body` and a function `$part` that reads
/// so many bytes at an offset and writes what it got; gives what it wrote.
#[track_caller]
fn parts(body: &str, file: &[u8]) -> Vec<u8> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join("file"), file).expect("a file");
    let program = Wrapped::of(&format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $size (param i32 i64) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
          (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 64)
        (data (i32.const 32) "file")
        (func $part (param $len i32) (param $offset i64)
          (i32.store (i32.const 0) (i32.const 0x10000))
          (i32.store (i32.const 4) (local.get $len))
          ;; What lies behind what is read stays what it is.
          (memory.fill (i32.const 0x10000) (i32.const 85) (i32.add (local.get $len) (i32.const 64)))
          (if (call $pread (i32.const 4) (i32.const 0) (i32.const 1) (local.get $offset) (i32.const 4)) (then unreachable))
          (if (i64.ne (i64.load (i32.add (i32.load (i32.const 4)) (i32.const 0x10000)))
              (i64.const 0x5555555555555555)) (then unreachable))
          (loop $rest
            (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 8))))
            (i32.store (i32.const 4) (i32.sub (i32.load (i32.const 4)) (i32.load (i32.const 8))))
            (br_if $rest (i32.load (i32.const 4)))))
        (func (export "_start")
          (if (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 4) (i32.const 0) (i64.const 0x1fffffff)
            (i64.const 0) (i32.const 0) (i32.const 48)) (then unreachable))
          {body}))"#
    ));
    let grant = format!("{}::/", directory.path().display());
    let output = program.command(&["--dir", &grant], &[]).output().expect("forebay runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn part(len: usize, offset: usize) -> String {
    format!("(call $part (i32.const {len}) (i64.const {offset}))")
}

#[test]
fn what_is_read_is_what_the_file_has_there() {
    let small = [0, 1, 1024, (1 << 14) - 1, 1 << 14, (1 << 14) + 1, 1 << 16, 199_999, 200_000];
    let mut file = contents(200_000);
    check(&file, &small.map(|len| (len, 0)));
    check(&file, &small.map(|len| (len, 1)));
    // More than there is, and behind the end.
    check(&file, &[(200_001, 0), (300_000, 100), (16_385, 190_000), (70_000, 199_999)]);
    check(&file, &[(5, 200_000), (20_000, 200_000), (70_000, 300_000), (1 << 17, 199_000)]);

    // More than is read at once.
    file = contents(3 << 20);
    check(&file, &[(3 << 20, 0), (1 << 20, 5), ((1 << 20) + 1, 5), ((2 << 20) + 70_000, 1 << 19)]);
    check(&file, &[((3 << 20) - 1, (1 << 20) - 1)]);
}

#[track_caller]
fn check(file: &[u8], asked: &[(usize, usize)]) {
    let body: String = asked.iter().map(|(len, offset)| part(*len, *offset)).collect();
    let expected = asked.iter().flat_map(|(len, offset)| {
        let rest = file.get(*offset..).unwrap_or_default();
        rest[..rest.len().min(*len)].to_vec()
    });
    assert!(parts(&body, file) == expected.collect::<Vec<u8>>(), "{asked:?}");
}

#[test]
fn a_file_that_has_become_shorter_has_what_it_has() {
    let file = contents(200_000);
    let shorter =
        "(if (call $size (i32.const 4) (i64.const 100000)) (then unreachable))".to_owned();
    let body = [part(1 << 16, 0), shorter, part(1 << 16, 1 << 16), part(1 << 16, 150_000)].concat();
    assert!(parts(&body, &file) == file[..100_000]);
}

#[test]
fn a_list_gets_its_length_when_it_is_allocated() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, contents(150_000)).unwrap();
    // The guest's allocator traps when it's to change an allocation.
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    command.args(["run", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/fixed-lists.wat")]);
    let output = command.arg(file.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "150000\n", "{output:?}");
}
