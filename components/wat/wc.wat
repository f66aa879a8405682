;; Counts lines, words and bytes of standard input, as `wc` does: a preview-1 command.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2)
  ;; 0: iovec (address, length); 8: count of bytes read or written; 64..127: digits; 65536: buffer
  (global $lines (mut i64) (i64.const 0))
  (global $words (mut i64) (i64.const 0))
  (global $bytes (mut i64) (i64.const 0))
  (global $in_word (mut i32) (i32.const 0))

  (func $set_iovec (param $address i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $address))
    (i32.store (i32.const 4) (local.get $length)))

  ;; Takes note of one byte.
  (func $count (param $byte i32)
    (global.set $bytes (i64.add (global.get $bytes) (i64.const 1)))
    (if (i32.eq (local.get $byte) (i32.const 10))
      (then (global.set $lines (i64.add (global.get $lines) (i64.const 1)))))
    (if (i32.or (i32.eq (local.get $byte) (i32.const 32)) (i32.lt_u (i32.sub (local.get $byte) (i32.const 9)) (i32.const 5)))
      (then (global.set $in_word (i32.const 0)))
      (else (if (i32.eqz (global.get $in_word))
        (then
          (global.set $in_word (i32.const 1))
          (global.set $words (i64.add (global.get $words) (i64.const 1))))))))

  ;; Writes a number and a character after it.
  (func $print (param $number i64) (param $after i32)
    (local $at i32)
    (local.set $at (i32.const 127))
    (i32.store8 (local.get $at) (local.get $after))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10)))))
      (local.set $number (i64.div_u (local.get $number) (i64.const 10)))
      (br_if $digit (i64.ne (local.get $number) (i64.const 0))))
    (call $set_iovec (local.get $at) (i32.sub (i32.const 128) (local.get $at)))
    (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $proc_exit (i32.const 1)))))

  (func (export "_start")
    (local $at i32) (local $end i32)
    (loop $read
      (call $set_iovec (i32.const 65536) (i32.const 65536))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $proc_exit (i32.const 1))))
      (local.set $at (i32.const 65536))
      (local.set $end (i32.add (local.get $at) (i32.load (i32.const 8))))
      (if (i32.ne (local.get $at) (local.get $end))
        (then
          (loop $each
            (call $count (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $each (i32.lt_u (local.get $at) (local.get $end))))
          (br $read))))
    (call $print (global.get $lines) (i32.const 32))
    (call $print (global.get $words) (i32.const 32))
    (call $print (global.get $bytes) (i32.const 10))))
