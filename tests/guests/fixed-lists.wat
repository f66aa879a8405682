;; A component whose `main` reads a file in two parts, of 100,000 bytes and of what is left, and
;; returns how many it got. Its allocator gives memory and never changes what it gave.
(component
  (import "wasi:filesystem/types@0.2.12" (instance $types
    (export "descriptor" (type $descriptor (sub resource)))
    (type $codes (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist"
      "file-too-large" "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop"
      "too-many-links" "message-size" "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory"
      "insufficient-space" "not-directory" "not-empty" "not-recoverable" "unsupported" "no-tty" "no-such-device"
      "overflow" "not-permitted" "pipe" "read-only" "invalid-seek" "text-file-busy" "cross-device"))
    (export "error-code" (type $code (eq $codes)))
    (export "[method]descriptor.read" (func (param "self" (borrow $descriptor)) (param "length" u64) (param "offset" u64)
      (result (result (tuple (list u8) bool) (error $code)))))))
  (alias export $types "descriptor" (type $descriptor))
  (core module $memory
    (memory (export "memory") 8)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old_len i32) (param $align i32) (param $len i32) (result i32)
      (if (local.get $old) (then unreachable))
      global.get $next
      (global.set $next (i32.add (global.get $next) (local.get $len)))))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $read (canon lower (func $types "[method]descriptor.read") (memory $mem) (realloc $realloc)))
  (core module $main
    (import "host" "read" (func $read (param i32 i64 i64 i32)))
    (import "host" "memory" (memory 1))
    (func $part (param $file i32) (param $offset i64) (result i32)
      (call $read (local.get $file) (i64.const 100000) (local.get $offset) (i32.const 0))
      (if (i32.load8_u (i32.const 0)) (then unreachable))
      (i32.load (i32.const 8)))
    (func (export "main") (param $file i32) (result i32)
      (i32.add
        (call $part (local.get $file) (i64.const 0))
        (call $part (local.get $file) (i64.const 100000)))))
  (core instance $run (instantiate $main (with "host" (instance
    (export "read" (func $read))
    (export "memory" (memory $mem))))))
  (func (export "main") (param "file" (own $descriptor)) (result u32) (canon lift (core func $run "main"))))
