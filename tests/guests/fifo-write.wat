;; Writes a line to `p` in the first granted directory. Fails if it can't.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "p")
  (data (i32.const 16) "\18\00\00\00\0a\00\00\00to a pipe\n")
  (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
  (func (export "_start")
    (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8)))
    (call $check (call $write (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 12)))))
