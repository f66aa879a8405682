(component
  (core module $m (func (export "handle") (param i32)))
  (core instance $i (instantiate $m))
  (func $handle (param "request" u32) (canon lift (core func $i "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.3" (instance $handler)))
