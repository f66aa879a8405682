;; A program for Dagger's first version: opens standard output by URL, writes to it, and returns what the write did.
(module
  (import "dagger" "open" (func $open (param i32 i32) (result i32)))
  (import "dagger" "write" (func $write (param i32 i32 i32) (result i32)))
  (import "dagger" "sync" (func $sync (param i32) (result i32)))
  (memory 1)
  (data (i32.const 16) "fd://1\00")
  (data (i32.const 32) "hello, dagger!\n")
  (func (export "main") (result i32) (local $fd i32)
    (local.set $fd (call $open (i32.const 16) (i32.const 0)))
    (i32.add
      (i32.sub (call $write (local.get $fd) (i32.const 32) (i32.const 15)) (i32.const 15))
      (call $sync (local.get $fd)))))
