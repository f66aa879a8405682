(component
  (type $r (resource (rep i32))) (core func $new (canon resource.new $r))
  (core module $m
    (import "h" "new" (func $new (param i32) (result i32)))
    (func (export "run") (result i32) (loop $l (drop (call $new (i32.const 1))) (br $l)) (i32.const 0)))
  (core instance $i (instantiate $m (with "h" (instance (export "new" (func $new))))))
  (func $run async (result (result)) (canon lift (core func $i "run")))
  (instance $x (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $x)))
