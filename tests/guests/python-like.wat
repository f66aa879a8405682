;; As componentize-py makes them: the world's function, and `exports#init`, which is the toolchain's own.
(component
  (core module $m
    (func (export "double") (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
    (func (export "init")))
  (core instance $i (instantiate $m))
  (func $double (param "n" u32) (result u32) (canon lift (core func $i "double")))
  (func $init (canon lift (core func $i "init")))
  (instance $exports (export "init" (func $init)))
  (export "exports" (instance $exports))
  (export "double" (func $double)))
