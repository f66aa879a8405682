;; Exports a function by a plain name, and needs another guest for it.
(component
  (import "acme:mesh/route@0.1.0" (instance $route (export "scale" (func (param "x" u32) (result u32)))))
  (core func $scale (canon lower (func $route "scale")))
  (core module $m
    (import "route" "scale" (func $scale (param i32) (result i32)))
    (func (export "double") (param i32) (result i32) (i32.add (call $scale (local.get 0)) (call $scale (local.get 0)))))
  (core instance $i (instantiate $m (with "route" (instance (export "scale" (func $scale))))))
  (func (export "double") (param "x" u32) (result u32) (canon lift (core func $i "double"))))
