;; Reads 18 bytes of `p` in the first granted directory, 3 at a time and going on after its end, and writes them to
;; standard output.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "p")
  (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
  (func (export "_start") (local $got i32)
    (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
    (i32.store (i32.const 20) (i32.const 3))
    (loop $more
      (i32.store (i32.const 16) (i32.add (i32.const 1024) (local.get $got)))
      (call $check (call $read (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 12)))
      (local.set $got (i32.add (local.get $got) (i32.load (i32.const 12))))
      (br_if $more (i32.lt_u (local.get $got) (i32.const 18))))
    (i32.store (i32.const 16) (i32.const 1024))
    (i32.store (i32.const 20) (i32.const 18))
    (call $check (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 12)))))
