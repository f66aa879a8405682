;; Exports an interface with one async function, which never ends when it's given 0.
(component
  (core module $m
    (func (export "scale") (param i32) (result i32)
      (loop $l (br_if $l (i32.eqz (local.get 0))))
      (i32.add (local.get 0) (i32.const 1))))
  (core instance $i (instantiate $m))
  (func $scale async (param "x" u32) (result u32) (canon lift (core func $i "scale")))
  (instance $slow (export "scale" (func $scale)))
  (export "acme:mesh/slow@0.1.0" (instance $slow)))
