//! The guest that does what a script says, as text.

use super::functions::{FUNCTIONS, Function, Mask};

/// The number of a record that isn't a call.
pub mod record {
    pub const END: u32 = 0;
    pub const POKE: u32 = 200;
    pub const GROW: u32 = 201;
    /// What follows is done by `_start` instead of the start function.
    pub const BEGIN: u32 = 202;
    /// Writes all the memory into the log.
    pub const DUMP: u32 = 203;
}

/// The guest's own bytes of memory: zero but while it reads or writes its files.
pub const OWN: std::ops::Range<u32> = 512..1024;

/// The module: it reads `script` and writes `log` in its first directory.
pub fn guest() -> String {
    let mut imports = String::new();
    let mut calls = String::new();
    let mut dispatch = String::new();
    for (index, function) in FUNCTIONS.iter().enumerate() {
        let words: String =
            function.words().iter().map(|long| if *long { " i64" } else { " i32" }).collect();
        let result = if function.name == "proc_exit" { "" } else { "(result i32)" };
        let name = function.name;
        imports += &format!(
            "(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} (param{words}) {result}))\n"
        );
        calls += &call(function);
        dispatch += &format!(
            "(if (i32.eq (global.get $op) (i32.const {})) (then (return (call $do_{name}))))\n",
            index + 1
        );
    }
    let arguments: String =
        (0..9).map(|index| format!("(global $a{index} (mut i64) (i64.const 0))\n")).collect();
    let load: String = (0..9)
        .map(|index| {
            format!("(global.set $a{index} (i64.load offset={} (i32.const 536)))\n", index * 8)
        })
        .collect();
    format!(
        r#"(module {imports}
        (memory (export "memory") 2 16)
        (data (i32.const 512) "scriptlog")
        (global $at (mut i64) (i64.const 0)) (global $index (mut i32) (i32.const 0))
        (global $op (mut i32) (i32.const 1)) (global $extra (mut i32) (i32.const 0))
        {arguments}
        (func $must (param i32) (if (local.get 0) (then unreachable)))
        (func $clear (memory.fill (i32.const 512) (i32.const 0) (i32.const 512)))
        (func $prepare (local $at i32)
          (call $must (call $path_open (i32.const 3) (i32.const 0) (i32.const 512) (i32.const 6) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 528)))
          (call $must (i32.sub (i32.load (i32.const 528)) (i32.const 5)))
          (call $must (call $path_open (i32.const 3) (i32.const 0) (i32.const 518) (i32.const 3) (i32.const 9)
            (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 528)))
          (call $must (i32.sub (i32.load (i32.const 528)) (i32.const 6)))
          (loop $next
            (i64.store (local.get $at) (i64.mul (i64.extend_i32_u (local.get $at)) (i64.const 0x9e3779b97f4a7c15)))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 131072))))
          (call $clear))
        (func $load
          (i32.store (i32.const 512) (i32.const 528)) (i32.store (i32.const 516) (i32.const 128))
          (call $must (call $fd_pread (i32.const 5) (i32.const 512) (i32.const 1) (global.get $at) (i32.const 520)))
          (call $must (i32.sub (i32.load (i32.const 520)) (i32.const 128)))
          (global.set $at (i64.add (global.get $at) (i64.const 128)))
          (global.set $op (i32.load (i32.const 528))) (global.set $extra (i32.load (i32.const 532)))
          {load}
          (if (i32.eq (global.get $op) (i32.const {poke})) (then
            (memory.copy (i32.wrap_i64 (global.get $a0)) (i32.const 544) (global.get $extra))))
          (call $clear))
        (func $hash (result i64) (local $at i32) (local $end i32) (local $hash i64)
          (local.set $end (i32.mul (memory.size) (i32.const 65536)))
          (loop $next
            (local.set $hash (i64.mul (i64.rotl (i64.xor (local.get $hash) (i64.load (local.get $at))) (i64.const 23))
              (i64.const 0x9e3779b97f4a7c15)))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
          (local.get $hash))
        (func $log (param $errno i32) (local $hash i64)
          (local.set $hash (call $hash))
          (i32.store (i32.const 512) (i32.const 528)) (i32.store (i32.const 516) (i32.const 16))
          (i32.store (i32.const 528) (global.get $index)) (i32.store (i32.const 532) (local.get $errno))
          (i64.store (i32.const 536) (local.get $hash))
          (call $must (call $fd_write (i32.const 6) (i32.const 512) (i32.const 1) (i32.const 520)))
          (call $clear)
          (global.set $index (i32.add (global.get $index) (i32.const 1))))
        (func $dump (local $at i32)
          (loop $next
            (i32.store (i32.const 512) (local.get $at)) (i32.store (i32.const 516) (i32.const 32768))
            (call $must (call $fd_write (i32.const 6) (i32.const 512) (i32.const 1) (i32.const 520)))
            (call $clear)
            (local.set $at (i32.add (local.get $at) (i32.const 32768)))
            (br_if $next (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536))))))
        (func $zero (param $at i32) (param $len i32)
          (memory.fill (local.get $at) (i32.const 0) (local.get $len)))
        (func $past (param $at i32)
          ;; A time that somebody set stays; that of now is different each time.
          (if (i64.gt_u (i64.load (local.get $at)) (i64.const 1000000000000000000)) (then
            (i64.store (local.get $at) (i64.const 0)))))
        (func $entries (param $at i32) (param $len i32) (local $end i32) (local $byte i32)
          (local.set $end (i32.add (local.get $at) (local.get $len)))
          (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
            (local.set $byte (i32.const 8))
            (block $cut (loop $bytes
              (br_if $cut (i32.ge_u (i32.add (local.get $at) (local.get $byte)) (local.get $end)))
              (if (i32.or (i32.lt_u (local.get $byte) (i32.const 16)) (i32.gt_u (local.get $byte) (i32.const 20))) (then
                (i32.store8 (i32.add (local.get $at) (local.get $byte)) (i32.const 0))))
              (local.set $byte (i32.add (local.get $byte) (i32.const 1)))
              (br_if $bytes (i32.lt_u (local.get $byte) (i32.const 24)))))
            (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $end)))
            (local.set $at (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at))))
            (br $next))))
        (func $events (param $at i32) (param $count i32)
          (block $done (loop $next
            (br_if $done (i32.eqz (local.get $count)))
            (i32.store8 offset=11 (local.get $at) (i32.const 0))
            (i32.store offset=12 (local.get $at) (i32.const 0))
            (memory.fill (i32.add (local.get $at) (i32.const 16)) (i32.const 0) (i32.const 16))
            (local.set $at (i32.add (local.get $at) (i32.const 32)))
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (br $next))))
        (func $remaining (result i32) (local $at i32) (local $left i32) (local $total i32)
          (local.set $at (i32.wrap_i64 (global.get $a1)))
          (local.set $left (i32.wrap_i64 (global.get $a2)))
          (block $done (loop $next
            (br_if $done (i32.eqz (local.get $left)))
            (local.set $total (i32.add (local.get $total) (i32.load offset=4 (local.get $at))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $next)))
          (local.get $total))
        (func $advance (param $bytes i32) (local $at i32) (local $left i32) (local $part i32)
          (local.set $at (i32.wrap_i64 (global.get $a1)))
          (local.set $left (i32.wrap_i64 (global.get $a2)))
          (block $done (loop $next
            (br_if $done (i32.eqz (local.get $left)))
            (local.set $part (i32.load offset=4 (local.get $at)))
            (if (i32.gt_u (local.get $part) (local.get $bytes)) (then (local.set $part (local.get $bytes))))
            (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $part)))
            (i32.store offset=4 (local.get $at) (i32.sub (i32.load offset=4 (local.get $at)) (local.get $part)))
            (local.set $bytes (i32.sub (local.get $bytes) (local.get $part)))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $next))))
        {calls}
        (func $dispatch (result i32) {dispatch} unreachable)
        (func $run
          (if (i64.eqz (global.get $at)) (then (call $prepare)))
          (block $done (loop $next
            (br_if $done (i32.eqz (global.get $op)))
            (call $load)
            (br_if $done (i32.eqz (global.get $op)))
            (br_if $done (i32.eq (global.get $op) (i32.const {begin})))
            (br_if $next (i32.eq (global.get $op) (i32.const {poke})))
            (if (i32.eq (global.get $op) (i32.const {dump})) (then (call $dump) (br $next)))
            (if (i32.eq (global.get $op) (i32.const {grow}))
              (then (call $log (memory.grow (i32.wrap_i64 (global.get $a0)))))
              (else (call $log (call $dispatch))))
            (br $next))))
        (func $begin (call $run))
        (start $begin)
        (func (export "_start") (call $run)))"#,
        poke = record::POKE,
        begin = record::BEGIN,
        dump = record::DUMP,
        grow = record::GROW,
    )
}

/// Calls a function with the arguments of the record, and hides what can't be the same twice.
fn call(function: &Function) -> String {
    let name = function.name;
    let words = function.words();
    let argument = |index: u32| format!("(i32.wrap_i64 (global.get $a{index}))");
    let arguments = |offset: &str| -> String {
        let word = |(index, long): (usize, &bool)| match long {
            true if index == 3 => format!("(i64.add (global.get $a{index}) {offset})"),
            true => format!("(global.get $a{index})"),
            false => argument(index as u32),
        };
        words.iter().enumerate().map(word).collect()
    };
    if name == "proc_exit" {
        return format!(
            "(func $do_{name} (result i32) (call $proc_exit {}) unreachable)\n",
            arguments("")
        );
    }
    let mask = match function.mask {
        Mask::Nothing => String::new(),
        Mask::Clock(at) => format!("(call $zero {} (i32.const 8))", argument(at)),
        Mask::Prestat(at) => {
            format!("(call $zero (i32.add {} (i32.const 1)) (i32.const 3))", argument(at))
        }
        Mask::Fdstat(at) => {
            let at = argument(at);
            let unpolled = |offset: u32| {
                format!(
                    "(i64.store offset={offset} {at} (i64.and (i64.load offset={offset} {at}) (i64.const {})))",
                    !(1i64 << 27)
                )
            };
            format!(
                "(i32.store8 offset=1 {at} (i32.const 0)) (i32.store offset=4 {at} (i32.const 0)) {} {}",
                unpolled(8),
                unpolled(16)
            )
        }
        Mask::Filestat(at) => {
            let at = argument(at);
            let past = |offset: u32| format!("(call $past (i32.add {at} (i32.const {offset})))");
            format!(
                "(i64.store offset=8 {at} (i64.const 0)) (call $zero (i32.add {at} (i32.const 17)) (i32.const 7)) {} {} {}",
                past(40),
                past(48),
                past(56)
            )
        }
        Mask::Entries => format!("(call $entries {} (i32.load {}))", argument(1), argument(4)),
        Mask::Random => format!("(call $zero {} {})", argument(0), argument(1)),
        Mask::Events => format!("(call $events {} (i32.load {}))", argument(1), argument(3)),
    };
    let zero = "(i64.const 0)";
    let once = format!(
        "(local.set $errno (call ${name} {})) (if (i32.eqz (local.get $errno)) (then {mask}))",
        arguments(zero)
    );
    let whole = if function.is_transfer() {
        let used = argument(words.len() as u32 - 1);
        let total = "(i64.extend_i32_u (local.get $total))";
        format!(
            "(if (global.get $extra) (then
               (block $done (loop $next
                 (local.set $errno (call ${name} {}))
                 (br_if $done (local.get $errno))
                 (local.set $total (i32.add (local.get $total) (i32.load {used})))
                 (call $advance (i32.load {used}))
                 (br_if $done (i32.eqz (i32.load {used})))
                 (br_if $next (call $remaining))))
               (i32.store {used} (local.get $total))
               (return (local.get $errno))))",
            arguments(total)
        )
    } else {
        String::new()
    };
    format!(
        "(func $do_{name} (result i32) (local $errno i32) (local $total i32) {whole} {once} (local.get $errno))\n"
    )
}
