;; Passes its streams on to a filter that another guest is.
(component
  (import "wasi:io/streams@0.2.12" (instance $streams
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type $output (sub resource)))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))
  (import "forebay:stream/filter@0.1.0" (instance $filter
    (alias outer 1 $input (type $in))
    (export "input-stream" (type $input (eq $in)))
    (alias outer 1 $output (type $out))
    (export "output-stream" (type $output (eq $out)))
    (export "apply" (func (param "input" (own $input)) (param "output" (own $output)) (result (result (error string)))))))
  (core module $heap
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $h (instantiate $heap))
  (core func $apply (canon lower (func $filter "apply") (memory $h "memory") (realloc (func $h "realloc"))))
  (core module $m
    (import "filter" "apply" (func $apply (param i32 i32 i32)))
    (func (export "main") (param i32 i32) (result i32)
      (call $apply (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $i (instantiate $m (with "filter" (instance (export "apply" (func $apply))))))
  (func (export "main") (param "input" (own $input)) (param "output" (own $output)) (result (result (error string)))
    (canon lift (core func $i "main") (memory $h "memory"))))
