;; Makes two calls of an async function at once, of its number and of ten more, and gives the sum of what they give.
(component
  (import "acme:mesh/slow@0.1.0" (instance $slow (export "scale" (func async (param "x" u32) (result u32)))))
  (core module $store (memory (export "memory") 1))
  (core instance $s (instantiate $store))
  (core func $scale (canon lower (func $slow "scale") async (memory (core memory $s "memory"))))
  (core func $new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $wait (canon waitable-set.wait (memory (core memory $s "memory"))))
  (core module $m
    (import "store" "memory" (memory 1))
    (import "slow" "scale" (func $scale (param i32 i32) (result i32)))
    (import "set" "new" (func $new (result i32)))
    (import "set" "join" (func $join (param i32 i32)))
    (import "set" "wait" (func $wait (param i32 i32) (result i32)))
    (global $set (mut i32) (i32.const 0))
    (global $open (mut i32) (i32.const 0))
    ;; Begins a call, whose result goes to a place.
    (func $begin (param $x i32) (param $place i32) (local $task i32)
      (local.set $task (i32.shr_u (call $scale (local.get $x) (local.get $place)) (i32.const 4)))
      (if (local.get $task) (then
        (global.set $open (i32.add (global.get $open) (i32.const 1)))
        (call $join (local.get $task) (global.get $set)))))
    (func (export "main") (param $x i32) (result i32)
      (global.set $set (call $new))
      (call $begin (local.get $x) (i32.const 16))
      (call $begin (i32.add (local.get $x) (i32.const 10)) (i32.const 20))
      (block $done
        (loop $more
          (br_if $done (i32.eqz (global.get $open)))
          (drop (call $wait (global.get $set) (i32.const 0)))
          ;; 2: it has returned.
          (if (i32.eq (i32.load (i32.const 4)) (i32.const 2))
            (then (global.set $open (i32.sub (global.get $open) (i32.const 1)))))
          (br $more)))
      (i32.add (i32.load (i32.const 16)) (i32.load (i32.const 20)))))
  (core instance $i (instantiate $m
    (with "store" (instance $s))
    (with "slow" (instance (export "scale" (func $scale))))
    (with "set" (instance
      (export "new" (func $new)) (export "join" (func $join)) (export "wait" (func $wait))))))
  (func (export "main") async (param "x" u32) (result u32) (canon lift (core func $i "main"))))
