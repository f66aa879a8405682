//! Descriptors of files and directories: where a list starts again, and what can be renumbered.

use crate::program::Wrapped;

const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_allocate" (func $allocate (param i32 i64 i64) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $set_flags (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_get" (func $stat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 2)
    (data (i32.const 16) "a.b.")
    (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
    (func $is (param $found i32) (param $wanted i32)
      (if (i32.ne (local.get $found) (local.get $wanted)) (then unreachable)))
    ;; Makes the file whose name is at an address, and closes it.
    (func $make (param i32)
      (call $must (call $open (i32.const 3) (i32.const 0) (local.get 0) (i32.const 1) (i32.const 1)
        (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 32)))
      (call $must (call $fd_close (i32.load (i32.const 32)))))"#;

/// Runs the body of a `_start` in an empty directory; a number that isn't as wanted is a trap.
#[track_caller]
fn check(functions: &str, body: &str) -> String {
    let program = Wrapped::of(&format!(
        r#"(module {IMPORTS} {functions} (func (export "_start") (local $size i32) {body}))"#
    ));
    let folder = tempfile::tempdir().expect("a folder");
    let directory = format!("{}::/", folder.path().display());
    let output = program.command(&["--dir", &directory], &[]).output().expect("forebay runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// How many bytes a list from a cookie on has, in a buffer of a size.
const LIST: &str = r#"
    (func $list (param $cookie i64) (param $room i32) (result i32)
      (call $must (call $fd_readdir (i32.const 3) (i32.const 1024) (local.get $room) (local.get $cookie) (i32.const 8)))
      (i32.load (i32.const 8)))"#;

#[test]
fn a_list_from_its_start_is_a_new_one() {
    // An entry is 24 bytes and its name: 51 bytes are both dots.
    check(
        LIST,
        "(call $is (call $list (i64.const 0) (i32.const 4096)) (i32.const 51))
         (call $make (i32.const 16))
         (call $is (call $list (i64.const 0) (i32.const 4096)) (i32.const 76))
         (call $is (call $list (i64.const 1) (i32.const 4096)) (i32.const 51))
         (call $make (i32.const 18))
         (call $is (call $list (i64.const 1) (i32.const 4096)) (i32.const 76))
         (call $is (call $list (i64.const 0) (i32.const 4096)) (i32.const 101))
         (call $must (call $unlink (i32.const 3) (i32.const 16) (i32.const 1)))
         (call $is (call $list (i64.const 0) (i32.const 4096)) (i32.const 76))
         (call $must (call $unlink (i32.const 3) (i32.const 18) (i32.const 1)))
         (call $is (call $list (i64.const 0) (i32.const 4096)) (i32.const 51))
         (call $is (call $list (i64.const 1) (i32.const 4096)) (i32.const 26))",
    );
}

#[test]
fn an_entry_that_was_kept_for_later_is_forgotten_with_its_list() {
    // The first file's entry is cut off, and kept; then the file is gone.
    check(
        LIST,
        "(call $make (i32.const 16))
         (call $is (call $list (i64.const 0) (i32.const 60)) (i32.const 60))
         (call $must (call $unlink (i32.const 3) (i32.const 16) (i32.const 1)))
         (call $is (call $list (i64.const 0) (i32.const 4096)) (i32.const 51))",
    );
}

/// `to` isn't open, `from` isn't, neither, both the same; 8 is EBADF.
#[test]
fn only_open_descriptors_are_renumbered() {
    let output = check(
        r#"(data (i32.const 64) "\50\00\00\00\03\00\00\00") (data (i32.const 80) "hi\n")"#,
        "(call $is (call $renumber (i32.const 1) (i32.const 4)) (i32.const 8))
         (call $is (call $renumber (i32.const 1) (i32.const -1)) (i32.const 8))
         (call $is (call $renumber (i32.const 4) (i32.const 1)) (i32.const 8))
         (call $is (call $renumber (i32.const 4) (i32.const 4)) (i32.const 8))
         (call $is (call $renumber (i32.const 1) (i32.const 1)) (i32.const 0))
         (call $is (call $fd_write (i32.const 4) (i32.const 64) (i32.const 1) (i32.const 8)) (i32.const 8))
         ;; Standard output in the place of standard error, whose number is then the only one.
         (call $is (call $renumber (i32.const 1) (i32.const 2)) (i32.const 0))
         (call $is (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 8)) (i32.const 8))
         (call $is (call $renumber (i32.const 2) (i32.const 1)) (i32.const 8))
         (call $must (call $fd_write (i32.const 2) (i32.const 64) (i32.const 1) (i32.const 8)))
         ;; And in the place of the directory.
         (call $is (call $renumber (i32.const 2) (i32.const 3)) (i32.const 0))
         (call $must (call $fd_write (i32.const 3) (i32.const 64) (i32.const 1) (i32.const 8)))",
    );
    assert_eq!(output, "hi\nhi\n");
}

/// 58 is ENOTSUP, 8 EBADF. The file keeps its size.
#[test]
fn what_native_preview_1_does_not_have_is_an_error_of_its_own() {
    check(
        "",
        "(call $must (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 1)
           (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 32)))
         (call $is (call $allocate (i32.const 4) (i64.const 0) (i64.const 100)) (i32.const 58))
         (call $must (call $stat (i32.const 4) (i32.const 64)))
         (call $is (i32.load (i32.const 96)) (i32.const 0))
         (call $is (call $allocate (i32.const 3) (i64.const 0) (i64.const 100)) (i32.const 8))
         (call $is (call $allocate (i32.const 1) (i64.const 0) (i64.const 100)) (i32.const 8))
         (call $must (call $set_flags (i32.const 4) (i32.const 5)))
         (call $is (call $set_flags (i32.const 0) (i32.const 4)) (i32.const 8))
         (call $is (call $set_flags (i32.const 1) (i32.const 1)) (i32.const 8))
         (call $is (call $set_flags (i32.const 2) (i32.const 0)) (i32.const 8))",
    );
}

/// `d/` is the directory `d`, but a file or a link with a slash isn't one: 54 is ENOTDIR, 28
/// EINVAL, 63 EPERM. Around the granted directory is Landlock's wall, which no program is to see.
#[test]
fn directories_by_a_slash_or_a_dot() {
    check(
        r#"(data (i32.const 64) "d//.") (data (i32.const 80) "a/") (data (i32.const 96) "l/") (data (i32.const 112) "d/..")"#,
        "(call $must (call $mkdir (i32.const 3) (i32.const 64) (i32.const 1)))
         (call $must (call $symlink (i32.const 64) (i32.const 1) (i32.const 3) (i32.const 96) (i32.const 1)))
         (call $make (i32.const 16))
         (call $is (call $rmdir (i32.const 3) (i32.const 80) (i32.const 2)) (i32.const 54))
         (call $is (call $rmdir (i32.const 3) (i32.const 96) (i32.const 2)) (i32.const 54))
         (call $is (call $rmdir (i32.const 3) (i32.const 64) (i32.const 4)) (i32.const 28))
         (call $is (call $link (i32.const 3) (i32.const 0) (i32.const 67) (i32.const 1)
           (i32.const 3) (i32.const 18) (i32.const 1)) (i32.const 63))
         (call $is (call $link (i32.const 3) (i32.const 0) (i32.const 112) (i32.const 4)
           (i32.const 3) (i32.const 18) (i32.const 1)) (i32.const 63))
         (call $is (call $link (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1)
           (i32.const 3) (i32.const 18) (i32.const 1)) (i32.const 63))
         (call $must (call $rmdir (i32.const 3) (i32.const 64) (i32.const 2)))
         (call $must (call $mkdir (i32.const 3) (i32.const 64) (i32.const 2)))
         (call $must (call $rmdir (i32.const 3) (i32.const 64) (i32.const 3)))",
    );
}
