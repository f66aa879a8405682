;; Exports the interface of `mesh.wat` with another type.
(component
  (core module $m (func (export "scale") (param i64) (result i32) (i32.wrap_i64 (local.get 0))))
  (core instance $i (instantiate $m))
  (func $scale (param "x" u64) (result u32) (canon lift (core func $i "scale")))
  (instance $route (export "scale" (func $scale)))
  (export "acme:mesh/route@0.1.0" (instance $route)))
