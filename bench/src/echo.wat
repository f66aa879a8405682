;; An echo server of preview 1: one loop around poll_oneoff, for a listener that is open as descriptor 3. What is sent to it
;; is a message of at most 4 KiB, so that a write takes all of it.
(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  ;; 0 a descriptor, 8 a number, 12 flags, 16 a buffer; 4096 bytes; from 65536 subscriptions, from 262144 events.
  (memory (export "memory") 8)
  (global $count (mut i32) (i32.const 0))

  (func $watch (param $fd i32) (local $at i32)
    (local.set $at (i32.add (i32.const 65536) (i32.mul (global.get $count) (i32.const 48))))
    (memory.fill (local.get $at) (i32.const 0) (i32.const 48))
    (i32.store (local.get $at) (local.get $fd))
    (i32.store8 offset=8 (local.get $at) (i32.const 1))
    (i32.store offset=16 (local.get $at) (local.get $fd))
    (global.set $count (i32.add (global.get $count) (i32.const 1))))

  (func $forget (param $fd i32) (local $at i32)
    (drop (call $close (local.get $fd)))
    (global.set $count (i32.sub (global.get $count) (i32.const 1)))
    (local.set $at (i32.const 65536))
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 48)))
      (br_if $next (i32.ne (i32.load (local.get $at)) (local.get $fd))))
    ;; The last one takes its place.
    (memory.copy (local.get $at) (i32.add (i32.const 65536) (i32.mul (global.get $count) (i32.const 48))) (i32.const 48)))

  (func $serve (param $fd i32) (local $errno i32)
    (i32.store (i32.const 16) (i32.const 4096)) (i32.store (i32.const 20) (i32.const 4096))
    (local.set $errno
      (call $recv (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 12)))
    (if (i32.eq (local.get $errno) (i32.const 6)) (then (return)))
    (if (i32.or (local.get $errno) (i32.eqz (i32.load (i32.const 8)))) (then (call $forget (local.get $fd)) (return)))
    (i32.store (i32.const 20) (i32.load (i32.const 8)))
    (if (call $send (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 0) (i32.const 8)) (then
      (call $forget (local.get $fd)))))

  (func (export "_start") (local $at i32) (local $left i32) (local $fd i32)
    (call $watch (i32.const 3))
    (loop $again
      (if (call $poll (i32.const 65536) (i32.const 262144) (global.get $count) (i32.const 8)) (then unreachable))
      (local.set $left (i32.load (i32.const 8)))
      (local.set $at (i32.const 262144))
      (loop $events
        (local.set $fd (i32.load (local.get $at)))
        (if (i32.eq (local.get $fd) (i32.const 3))
          (then
            (block $none (loop $more
              (br_if $none (call $accept (i32.const 3) (i32.const 4) (i32.const 0)))
              (call $watch (i32.load (i32.const 0)))
              (br $more))))
          (else (call $serve (local.get $fd))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br_if $events (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (br $again))))
