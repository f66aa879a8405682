;; Stands between a guest and the one that it calls: adds a hundred to what is passed on.
(component
  (import "acme:mesh/route@0.1.0" (instance $next (export "scale" (func (param "x" u32) (result u32)))))
  (core func $scale (canon lower (func $next "scale")))
  (core module $m
    (import "next" "scale" (func $scale (param i32) (result i32)))
    (func (export "scale") (param i32) (result i32) (call $scale (i32.add (local.get 0) (i32.const 100)))))
  (core instance $i (instantiate $m (with "next" (instance (export "scale" (func $scale))))))
  (func $passed (param "x" u32) (result u32) (canon lift (core func $i "scale")))
  (instance $route (export "scale" (func $passed)))
  (export "acme:mesh/route@0.1.0" (instance $route)))
