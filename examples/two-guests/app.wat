;; Takes a note by way of another guest: `main: func(text: string) -> bool`. It has no directory, and can't have one by itself.
(component
  (import "acme:office/notes@0.1.0" (instance $notes
    (export "note" (func (param "text" string) (result bool)))))
  (core module $memory
    (memory (export "memory") 2)
    ;; One text is all there is.
    (func (export "allocate") (param i32 i32 i32 i32) (result i32)
      (if (i32.gt_u (local.get 3) (i32.const 65536)) (then (unreachable)))
      (i32.const 65536)))
  (core instance $m (instantiate $memory))
  (core func $note (canon lower (func $notes "note") (memory (core memory $m "memory"))))
  (core module $code
    (import "notes" "note" (func $note (param i32 i32) (result i32)))
    (func (export "main") (param $text i32) (param $length i32) (result i32)
      (call $note (local.get $text) (local.get $length))))
  (core instance $i (instantiate $code (with "notes" (instance (export "note" (func $note))))))
  (func (export "main") (param "text" string) (result bool)
    (canon lift (core func $i "main") (memory (core memory $m "memory")) (realloc (core func $m "allocate")))))
