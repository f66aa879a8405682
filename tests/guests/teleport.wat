;; Ends with the answer of a socket function that nobody has.
(module
  (import "wasi_snapshot_preview1" "sock_teleport" (func $teleport (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (call $teleport (i32.const 4)))))
