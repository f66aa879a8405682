(component
  (type $s (stream u8)) (core func $new (canon stream.new $s))
  (core module $m
    (import "h" "new" (func $new (result i64)))
    (func (export "run") (result i32) (loop $l (drop (call $new)) (br $l)) (i32.const 0)))
  (core instance $i (instantiate $m (with "h" (instance (export "new" (func $new))))))
  (func $run async (result (result)) (canon lift (core func $i "run")))
  (instance $x (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $x)))
