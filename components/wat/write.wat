;; Writes `note.txt` into the first directory it was granted: a preview-1 command. Exit code 1 when it may not.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00")  ;; one iovec: 6 bytes at 16
  (data (i32.const 16) "noted\n")
  (data (i32.const 32) "note.txt")
  (func (export "_start")
    ;; Descriptor 3 is the first directory; 1 + 8: create and truncate; rights 64: write.
    (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 8) (i32.const 9)
          (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 48))
      (then (call $proc_exit (i32.const 1))))
    (if (call $fd_write (i32.load (i32.const 48)) (i32.const 0) (i32.const 1) (i32.const 52))
      (then (call $proc_exit (i32.const 1))))))
