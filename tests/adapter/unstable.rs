//! `wasi_unstable`: its own numbers for `whence`, its own `filestat` and `subscription`.

use crate::program::Wrapped;

#[test]
fn the_layouts_are_the_old_ones() {
    let program = Wrapped::of(
        r#"(module
             (import "wasi_unstable" "path_open"
               (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
             (import "wasi_unstable" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
             (import "wasi_unstable" "fd_filestat_get" (func $stat (param i32 i32) (result i32)))
             (import "wasi_unstable" "path_filestat_get" (func $stat_at (param i32 i32 i32 i32 i32) (result i32)))
             (import "wasi_unstable" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
             (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
             (memory (export "memory") 1)
             (data (i32.const 16) "file")
             (func $must (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
             (func $is (param i64 i64) (if (i64.ne (local.get 0) (local.get 1)) (then unreachable)))
             (func $check_stat
               (call $is (i64.load8_u (i32.const 144)) (i64.const 4))
               (call $is (i64.load32_u (i32.const 148)) (i64.const 1))
               (call $is (i64.load (i32.const 152)) (i64.const 10))
               (memory.fill (i32.const 128) (i32.const 0) (i32.const 56)))
             (func (export "_start") (local $fd i32)
               (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 0)
                 (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
               (local.set $fd (i32.load (i32.const 0)))
               ;; SET is 2, CUR 0, END 1.
               (call $must (call $seek (local.get $fd) (i64.const 4) (i32.const 2) (i32.const 8)))
               (call $is (i64.load (i32.const 8)) (i64.const 4))
               (call $must (call $seek (local.get $fd) (i64.const 3) (i32.const 0) (i32.const 8)))
               (call $is (i64.load (i32.const 8)) (i64.const 7))
               (call $must (call $seek (local.get $fd) (i64.const -1) (i32.const 1) (i32.const 8)))
               (call $is (i64.load (i32.const 8)) (i64.const 9))
               (i64.store (i32.const 184) (i64.const -1))
               (call $must (call $stat (local.get $fd) (i32.const 128)))
               (call $check_stat)
               (call $must (call $stat_at (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 128)))
               (call $check_stat)
               ;; Nothing was written after the 56 bytes.
               (call $is (i64.load (i32.const 184)) (i64.const -1))
               ;; A clock: the monotonic one in a nanosecond; and the file, of which one byte is left.
               (i64.store (i32.const 256) (i64.const 11)) (i32.store (i32.const 280) (i32.const 1))
               (i64.store (i32.const 288) (i64.const 1))
               (i64.store (i32.const 312) (i64.const 22)) (i32.store8 (i32.const 320) (i32.const 1))
               (i32.store (i32.const 328) (local.get $fd))
               (call $must (call $poll (i32.const 256) (i32.const 512) (i32.const 1) (i32.const 0)))
               (call $is (i64.load (i32.const 512)) (i64.const 11))
               (call $must (call $poll (i32.const 312) (i32.const 512) (i32.const 1) (i32.const 0)))
               (call $is (i64.load (i32.const 512)) (i64.const 22))
               (call $is (i64.load (i32.const 528)) (i64.const 1))
               (call $exit (i32.const 200))))"#,
    );
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join("file"), "ten bytes.").expect("the file is written");
    let mount = format!("{}::/", directory.path().display());
    let output = program.command(&["--dir", &mount], &[]).output().expect("forebay runs");
    assert_eq!(output.status.code(), Some(200), "{}", String::from_utf8_lossy(&output.stderr));
}
