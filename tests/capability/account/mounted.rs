//! Programs behind files are a part of the run: opened often, they take no more than it may.

use super::guest::{measured, written};

/// A command that takes 32 MiB more, and then waits for input.
const GREEDY: &str = r#"(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (if (i32.lt_s (memory.grow (i32.const 512)) (i32.const 0)) (then (call $exit (i32.const 7))))
    (memory.fill (i32.const 65536) (i32.const 1) (i32.const 33554432))
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.const 60000))
    (loop $more
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $more (i32.load (i32.const 8))))))"#;

/// A command that opens `/svc/f` 64 times, writes more to each than is held without it being read,
/// and exits with the number of files that failed.
const OPENING: &str = r#"(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "f")
  (func (export "_start") (local $i i32) (local $j i32) (local $failed i32)
    (i32.store (i32.const 0) (i32.const 100))
    (i32.store (i32.const 4) (i32.const 60000))
    (loop $more
      (if (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 0)
            (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16))
        (then (call $exit (i32.const 99))))
      (local.set $j (i32.const 0))
      (block $next
        (loop $write
          (if (call $write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8))
            (then (local.set $failed (i32.add (local.get $failed) (i32.const 1))) (br $next)))
          (local.set $j (i32.add (local.get $j) (i32.const 1)))
          (br_if $write (i32.lt_u (local.get $j) (i32.const 10)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 64))))
    (call $exit (local.get $failed))))"#;

#[test]
fn their_memory_is_the_runs() {
    let greedy = written("greedy", &wat::parse_str(GREEDY).unwrap());
    let opening = written("opening", &wat::parse_str(OPENING).unwrap());
    let mount = format!("/svc/f=component:{}", greedy.display());
    let (ended, peak) = measured(&["--max-memory", "128MiB", "--mount", &mount], &opening, &[]);

    // Three of 32 MiB fit in.
    ended.fails(61, &["behind a mounted file, exited with code 7", "may not have more memory"]);
    assert!(peak < 400 << 20, "{} MiB", peak >> 20);
}
