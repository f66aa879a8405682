;; A program for CommonWA, of the time when compilers put its functions into `env`: logs a line, and exits with the code
;; that opening a resource without a grant returns.
(module
  (import "env" "log_write" (func $log (param i32 i32 i32)))
  (import "env" "resource_open" (func $open (param i32 i32) (result i32)))
  (import "env" "runtime_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "opening a file")
  (data (i32.const 32) "file:///notes/today")
  (func (export "cwa_main") (result i32)
    (call $log (i32.const 6) (i32.const 16) (i32.const 14))
    (call $exit (i32.sub (i32.const 0) (call $open (i32.const 32) (i32.const 19))))
    (i32.const 0)))
