;; A command of WASI 0.3 that waits for an async function, and fails unless 5 becomes 6.
(component
  (import "acme:mesh/slow@0.1.0" (instance $slow (export "scale" (func async (param "x" u32) (result u32)))))
  (core func $scale (canon lower (func $slow "scale")))
  (core module $m
    (import "slow" "scale" (func $scale (param i32) (result i32)))
    (func (export "run") (result i32) (i32.ne (call $scale (i32.const 5)) (i32.const 6))))
  (core instance $i (instantiate $m (with "slow" (instance (export "scale" (func $scale))))))
  (func $run async (result (result)) (canon lift (core func $i "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $command)))
