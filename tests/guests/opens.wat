;; Opens `p` in the first granted directory until it can't, and says how often it could: four digits.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "p")
  (data (i32.const 16) "\20\00\00\00\05\00\00\00")
  (data (i32.const 24) "\24\00\00\00\01\00\00\00")
  (data (i32.const 36) "\n")
  (func (export "_start") (local $count i32) (local $at i32)
    ;; Standard output takes a file, too.
    (drop (call $write (i32.const 1) (i32.const 24) (i32.const 1) (i32.const 8)))
    (loop $more
      (if (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
        (then
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (br $more))))
    (local.set $at (i32.const 35))
    (loop $digits
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $count) (i32.const 10))))
      (local.set $count (i32.div_u (local.get $count) (i32.const 10)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (br_if $digits (i32.ge_u (local.get $at) (i32.const 32))))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))))
