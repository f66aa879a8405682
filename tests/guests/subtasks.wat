(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $c (export "wait-for" (func async (param "how-long" u64)))))
  (core func $wait (canon lower (func $c "wait-for") async))
  (core module $m
    (import "h" "new" (func $new (param i64) (result i32)))
    (func (export "run") (result i32) (loop $l (drop (call $new (i64.const 1000000000000))) (br $l)) (i32.const 0)))
  (core instance $i (instantiate $m (with "h" (instance (export "new" (func $wait))))))
  (func $run async (result (result)) (canon lift (core func $i "run")))
  (instance $x (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $x)))
