;; Imports what `plain.wat`'s main is called, and exports what it imports: a circle.
(component
  (import "main" (func $main (param "x" u32) (result u32)))
  (export "double" (func $main)))
