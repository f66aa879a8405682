//! Every function of the adapter with every kind of bad argument: an errno or a wasm trap, and a
//! guest that goes on can go on. Anything else (an error of the host, a trap of the canonical ABI)
//! means that a check is missing.

use wasmparser::{FuncType, ValType};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, Trap};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::survey::functions;
use super::{COMMAND_ADAPTER, Options, wrap};

/// Addresses at every edge, descriptors open and not, lengths that wrap around once the guest has
/// been moved.
const WORDS: [u32; 14] = [
    0,
    1,
    3,
    4,
    5,
    64,
    65520,
    65535,
    65536,
    0x3f_ffff,
    0x8000_0000,
    0xffbf_ffff,
    0xffc0_0000,
    u32::MAX,
];
const LONGS: [i64; 5] = [0, 1, -1, i64::MAX, i64::MIN];
const CASES: usize = 60;

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A small generator, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

/// A command whose number of arguments chooses one of the cases; afterwards it wants an answer from
/// two other functions.
fn program(name: &str, ty: &FuncType, sockets: bool, random: &mut Random) -> String {
    let types = |types: &[ValType]| {
        types.iter().map(|ty| if *ty == ValType::I64 { "i64 " } else { "i32 " }).collect::<String>()
    };
    let mut cases = String::new();
    for case in 1..=CASES {
        let mut arguments = String::new();
        for ty in ty.params() {
            arguments += &match ty {
                ValType::I64 => format!("(i64.const {})", LONGS[random.below(LONGS.len())]),
                _ => format!("(i32.const {})", WORDS[random.below(WORDS.len())] as i32),
            };
        }
        let drop = if ty.results().is_empty() { "" } else { "drop" };
        cases += &format!(
            "(if (i32.eq (local.get 0) (i32.const {case})) (then ({drop} (call $hostile {arguments}))))\n"
        );
    }
    let cases =
        cases.replace("( (call", "((call").replace("((call $hostile", "(block (call $hostile");
    let open = r#"(import "wasi_snapshot_preview1" "sock_open" (func $open (param i32 i32 i32) (result i32)))"#;
    format!(
        r#"(module
             (import "wasi_snapshot_preview1" "{name}" (func $hostile (param {}) (result {})))
             (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
             (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
             (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
             {}
             (memory (export "memory") 1)
             (data (i32.const 65520) "\ff\ff\ff\ff\ff\ff\ff\ff\01\00\00\00\10\00\00\00")
             (func (export "_start") (local i32)
               (drop (call $args (i32.const 1024) (i32.const 1028)))
               (local.set 0 (i32.load (i32.const 1024)))
               {}
               {cases}
               (if (call $random (i32.const 2048) (i32.const 8)) (then unreachable))
               (if (call $clock (i32.const 1) (i64.const 0) (i32.const 2048)) (then unreachable))
               (call $exit (i32.const 77))))"#,
        types(ty.params()),
        types(ty.results()),
        if sockets { open } else { "" },
        // Descriptors 4 and 5 are a TCP and a UDP socket.
        if sockets {
            "(drop (call $open (i32.const 1) (i32.const 2) (i32.const 1024)))
             (drop (call $open (i32.const 1) (i32.const 1) (i32.const 1024)))"
        } else {
            ""
        },
    )
}

/// Runs each case in an instance of its own; counts the ones that went on after the call.
fn survivors(engine: &Engine, linker: &Linker<State>, name: &str, text: &str) -> usize {
    let wrapped = wrap(&wat::parse_str(text).unwrap(), &Options::default()).unwrap();
    assert!(wrapped.unknown.is_empty(), "{name} is in the adapter");
    let component = Component::new(engine, &wrapped.component).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut survivors = 0;
    for case in 1..=CASES {
        let mut wasi = WasiCtxBuilder::new();
        for _ in 0..case {
            wasi.arg("x");
        }
        std::fs::write(directory.path().join("file"), "contents").unwrap();
        wasi.preopened_dir(directory.path(), "/", wasmtime_wasi::FsPerms::ReadWrite).unwrap();
        let mut store =
            Store::<State>::new(engine, State { table: ResourceTable::new(), wasi: wasi.build() });
        let command = Command::instantiate(&mut store, &component, linker).unwrap();
        let error = command.wasi_cli_run().call_run(&mut store).expect_err("it exits or traps");
        match (error.downcast_ref::<I32Exit>(), error.downcast_ref::<Trap>()) {
            (Some(I32Exit(77)), _) => survivors += 1,
            (None, Some(Trap::UnreachableCodeReached | Trap::MemoryOutOfBounds)) => {}
            _ => panic!("{name}, case {case}: {error:?}"),
        }
    }
    survivors
}

#[test]
fn bad_arguments_are_an_errno_or_a_trap() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
    let mut random = Random(1);
    let mut called = 0;
    for (name, ty) in functions(COMMAND_ADAPTER).unwrap() {
        let (import, form) = name.split_once(':').unwrap_or((&name, ""));
        // These end the program as they should, or aren't for guests.
        let aside =
            ["proc_exit", "proc_raise", "sched_yield", "cabi_import_realloc", "forebay_shift"]
                .contains(&import);
        if aside || import == "wasi" || !matches!(form, "" | "v1" | "sockets" | "wamr") {
            continue;
        }
        let sockets = form != "" || import.starts_with("sock_");
        let lives = survivors(&engine, &linker, &name, &program(import, &ty, sockets, &mut random));
        assert!(lives > 0, "{name}: no case is harmless, so nothing is tested after the call");
        called += 1;
    }
    assert!(called >= 60, "only {called} functions were called");
}
