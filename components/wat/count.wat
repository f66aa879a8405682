;; Counts the bytes of a stream that the host opens: `count: func(input: input-stream) -> result<u64>`. It can't open one itself.
(component
  (import "wasi:io/error@0.2.12" (instance $errors
    (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $error))
  (import "wasi:io/streams@0.2.12" (instance $streams
    (export "input-stream" (type $input (sub resource)))
    (alias outer 1 $error (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (type $stream-error' (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error')))
    (export "[method]input-stream.blocking-read" (func
      (param "self" (borrow $input)) (param "len" u64) (result (result (list u8) (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input))
  ;; Memory is a module of its own, because the imported functions need it before the code has them. Each read lands at 65536.
  (core module $memory
    (memory (export "memory") 3)
    (func (export "allocate") (param i32 i32 i32 i32) (result i32)
      (if (i32.gt_u (local.get 3) (i32.const 65536)) (then (unreachable)))
      (i32.const 65536)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $bytes))
  (alias core export $memory "allocate" (core func $allocate))
  (core func $read (canon lower (func $streams "[method]input-stream.blocking-read")
    (memory $bytes) (realloc $allocate)))
  (core func $drop-input (canon resource.drop $input))
  (core module $code
    (import "host" "memory" (memory 3))
    (import "host" "read" (func $read (param i32 i64 i32)))
    (import "host" "drop-input" (func $drop-input (param i32)))
    ;; 0: a read's result: whether it failed, then address and length, or the error, closed being 1. 16: our own result.
    (func (export "count") (param $input i32) (result i32)
      (i32.store8 (i32.const 16) (i32.const 0))
      (i64.store (i32.const 24) (i64.const 0))
      (block $end
        (loop $more
          (call $read (local.get $input) (i64.const 65536) (i32.const 0))
          (br_if $end (i32.load8_u (i32.const 0)))
          (i64.store (i32.const 24) (i64.add (i64.load (i32.const 24)) (i64.load32_u (i32.const 8))))
          (br $more)))
      (if (i32.ne (i32.load8_u (i32.const 4)) (i32.const 1)) (then (i32.store8 (i32.const 16) (i32.const 1))))
      (call $drop-input (local.get $input))
      (i32.const 16)))
  (core instance $code (instantiate $code (with "host" (instance
    (export "memory" (memory $bytes))
    (export "read" (func $read))
    (export "drop-input" (func $drop-input))))))
  (func (export "count") (param "input" (own $input)) (result (result u64))
    (canon lift (core func $code "count") (memory $bytes))))
