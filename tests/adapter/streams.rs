//! Standard streams: an error of one is an errno of the call.

use crate::program::Wrapped;

/// A device is written through a stream, and this one is always full.
#[test]
#[cfg(target_os = "linux")]
fn the_error_of_a_stream_is_an_errno() {
    // Longer than what a stream takes at once, and shorter.
    for len in [65536, 100] {
        let program = Wrapped::of(&format!(
            r#"(module
                 (import "wasi_snapshot_preview1" "path_open"
                   (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
                 (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
                 (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                 (memory (export "memory") 2)
                 (data (i32.const 16) "full")
                 (func $write (result i32) (call $fd_write (i32.load (i32.const 32)) (i32.const 0) (i32.const 1) (i32.const 8)))
                 (func (export "_start") (local $errno i32)
                   (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const {len}))
                   (if (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 0)
                     (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 32)) (then unreachable))
                   (local.set $errno (call $write))
                   (drop (call $write))
                   (call $exit (local.get $errno))))"#
        ));
        let output = program.command(&["--dir", "/dev::/"], &[]).output().expect("forebay runs");
        // ENOSPC.
        assert_eq!(
            output.status.code(),
            Some(51),
            "{len}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn exit_codes_are_kept() {
    for code in [0, 1, 125, 126, 255] {
        let program = Wrapped::of(&format!(
            r#"(module
                 (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                 (memory (export "memory") 1)
                 (func (export "_start") (call $exit (i32.const {code}))))"#
        ));
        let output = program.command(&[], &[]).output().expect("forebay runs");
        assert_eq!(output.status.code(), Some(code));
    }
}
