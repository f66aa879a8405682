;; Greets: a component with a text in and a text out, `greet: func(name: string) -> string`.
(component
  (core module $code
    (memory (export "memory") 2)
    (global $free (mut i32) (i32.const 65536))
    (data (i32.const 16) "hello, ")
    ;; Gives out memory from the end; nothing is given back, for one call is all there is.
    (func $allocate (export "allocate") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $fits (i32.ne (i32.const -1) (memory.grow
          (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
        (unreachable))
      (local.get $at))
    (func (export "greet") (param $name i32) (param $length i32) (result i32)
      (local $text i32) (local $size i32)
      (local.set $size (i32.add (local.get $length) (i32.const 8)))
      (local.set $text (call $allocate (i32.const 0) (i32.const 0) (i32.const 1) (local.get $size)))
      (memory.copy (local.get $text) (i32.const 16) (i32.const 7))
      (memory.copy (i32.add (local.get $text) (i32.const 7)) (local.get $name) (local.get $length))
      (i32.store8 (i32.add (local.get $text) (i32.sub (local.get $size) (i32.const 1))) (i32.const 33))
      ;; 0: where the text is, and how long
      (i32.store (i32.const 0) (local.get $text))
      (i32.store (i32.const 4) (local.get $size))
      (i32.const 0)))
  (core instance $code (instantiate $code))
  (alias core export $code "memory" (core memory $memory))
  (alias core export $code "allocate" (core func $allocate))
  (func (export "greet") (param "name" string) (result string)
    (canon lift (core func $code "greet") (memory $memory) (realloc $allocate))))
