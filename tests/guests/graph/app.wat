;; A typed main that calls an imported function.
(component
  (import "acme:mesh/route@0.1.0" (instance $route (export "scale" (func (param "x" u32) (result u32)))))
  (core func $scale (canon lower (func $route "scale")))
  (core module $m
    (import "route" "scale" (func $scale (param i32) (result i32)))
    (func (export "main") (param i32) (result i32) (i32.add (call $scale (local.get 0)) (i32.const 1))))
  (core instance $i (instantiate $m (with "route" (instance (export "scale" (func $scale))))))
  (func (export "main") (param "x" u32) (result u32) (canon lift (core func $i "main"))))
