;; Makes the letters of a stream capitals: `upper: func(input: input-stream, output: output-stream) -> result`.
(component
  (import "wasi:io/error@0.2.12" (instance $errors
    (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $error))
  (import "wasi:io/streams@0.2.12" (instance $streams
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type $output (sub resource)))
    (alias outer 1 $error (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (type $stream-error' (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error')))
    (export "[method]input-stream.blocking-read" (func
      (param "self" (borrow $input)) (param "len" u64) (result (result (list u8) (error $stream-error)))))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $output)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))
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
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $bytes)))
  (core func $drop-output (canon resource.drop $output))
  (core module $code
    (import "host" "memory" (memory 3))
    (import "host" "read" (func $read (param i32 i64 i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i32)))
    (import "host" "drop-input" (func $drop-input (param i32)))
    (import "host" "drop-output" (func $drop-output (param i32)))
    (func $capitals (param $at i32) (param $end i32)
      (local $byte i32)
      (loop $each
        (if (i32.lt_u (local.get $at) (local.get $end))
          (then
            (local.set $byte (i32.load8_u (local.get $at)))
            (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 97)) (i32.const 26))
              (then (i32.store8 (local.get $at) (i32.sub (local.get $byte) (i32.const 32)))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $each)))))
    ;; 0: a read's result: whether it failed, then address and length, or the error, closed being 1. 16: a write's.
    ;; 4096 bytes is what one blocking write takes.
    (func $copy (param $input i32) (param $output i32) (result i32)
      (loop $more
        (call $read (local.get $input) (i64.const 4096) (i32.const 0))
        (if (i32.load8_u (i32.const 0))
          (then (return (i32.ne (i32.load8_u (i32.const 4)) (i32.const 1)))))
        (call $capitals (i32.load (i32.const 4)) (i32.add (i32.load (i32.const 4)) (i32.load (i32.const 8))))
        (call $write (local.get $output) (i32.load (i32.const 4)) (i32.load (i32.const 8)) (i32.const 16))
        (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
      (i32.const 1))
    (func (export "upper") (param $input i32) (param $output i32) (result i32)
      (local $failed i32)
      (local.set $failed (call $copy (local.get $input) (local.get $output)))
      (call $drop-input (local.get $input))
      (call $drop-output (local.get $output))
      (local.get $failed)))
  (core instance $code (instantiate $code (with "host" (instance
    (export "memory" (memory $bytes))
    (export "read" (func $read))
    (export "write" (func $write))
    (export "drop-input" (func $drop-input))
    (export "drop-output" (func $drop-output))))))
  (func (export "upper") (param "input" (own $input)) (param "output" (own $output)) (result (result))
    (canon lift (core func $code "upper"))))
