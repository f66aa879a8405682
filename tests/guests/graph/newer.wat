;; Exports an interface at a version that `app.wat` can't use.
(component
  (core module $m
    (func (export "scale") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))
  (core instance $i (instantiate $m))
  (func $scale (param "x" u32) (result u32) (canon lift (core func $i "scale")))
  (instance $route (export "scale" (func $scale)))
  (export "acme:mesh/route@0.2.0" (instance $route)))
