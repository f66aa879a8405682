;; Imports a function by a plain name.
(component
  (import "double" (func $double (param "x" u32) (result u32)))
  (core func $d (canon lower (func $double)))
  (core module $m
    (import "host" "double" (func $double (param i32) (result i32)))
    (func (export "main") (param i32) (result i32) (i32.add (call $double (local.get 0)) (i32.const 1))))
  (core instance $i (instantiate $m (with "host" (instance (export "double" (func $d))))))
  (func (export "main") (param "x" u32) (result u32) (canon lift (core func $i "main"))))
