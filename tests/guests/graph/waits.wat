;; Waits for an async function, in one of its own.
(component
  (import "acme:mesh/slow@0.1.0" (instance $slow (export "scale" (func async (param "x" u32) (result u32)))))
  (core func $scale (canon lower (func $slow "scale")))
  (core module $m
    (import "slow" "scale" (func $scale (param i32) (result i32)))
    (func (export "main") (param i32) (result i32) (call $scale (local.get 0))))
  (core instance $i (instantiate $m (with "slow" (instance (export "scale" (func $scale))))))
  (func (export "main") async (param "x" u32) (result u32) (canon lift (core func $i "main"))))
