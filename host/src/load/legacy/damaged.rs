//! Damaged modules: each is wrapped or refused, and nothing panics. The fuzz target `legacy` goes
//! further; this runs with the other tests, and is the same each time.

use super::{Options, Sockets, wrap};

const MODULES: [&str; 3] = [
    r#"(module
         (import "wasi_snapshot_preview1" "sock_open" (func (param i32 i32 i32) (result i32)))
         (import "wasi_snapshot_preview1" "sock_accept" (func (param i32 i32) (result i32)))
         (import "wasi_unstable" "fd_seek" (func (param i32 i64 i32 i32) (result i32)))
         (memory 1 4) (global i32 (i32.const 8)) (data (global.get 0) "at a global") (data "passive") (start $begin)
         (func $begin (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 4)))
         (func (export "_start") (drop (memory.grow (i32.const 1)))
           (memory.copy (i32.const 0) (i32.const 8) (i32.const 4)) (i64.store offset=9 (i32.const 1) (i64.const 1))))"#,
    r#"(module
         (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
         (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) func 0 $f)
         (func $f (export "_initialize") (drop (memory.size)) (memory.fill (i32.const 0) (i32.const 0) (i32.const 4)))
         (@custom "producers" "\00"))"#,
    r#"(module
         (import "dagger" "open" (func (param i32 i32) (result i32)))
         (import "env" "random_i64" (func (result i64)))
         (memory 1) (table 2 funcref) (elem (i32.const 0) func 0 $main) (data (i32.const 8) "null://")
         (func $begin (drop (call 1))) (start $begin)
         (func $main (export "main") (param i32 i32) (result i32) (call 0 (i32.const 8) (i32.const 0))))"#,
];

#[test]
fn a_damaged_module_is_wrapped_or_refused() {
    let mut state = 1u64;
    let mut random = |limit: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % limit
    };
    let (mut wrapped, mut refused) = (0, 0);
    for text in MODULES {
        let whole = wat::parse_str(text).expect("the module is well-formed");
        for _ in 0..500 {
            let mut bytes = whole.clone();
            for _ in 0..=random(3) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] = random(256) as u8,
                    1 => bytes[at] ^= 1 << random(8),
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, random(256) as u8),
                }
            }
            let sockets = Sockets::NAMES[random(Sockets::NAMES.len())].1;
            let options =
                Options { sockets, preopened_sockets: random(4) == 0, ..Options::default() };
            match wrap(&bytes, &options) {
                Ok(_) => wrapped += 1,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
        }
    }
    assert!(
        wrapped > 10 && refused > 10,
        "{wrapped} wrapped, {refused} refused: one path isn't tested"
    );
}
