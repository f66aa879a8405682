//! The rewritten module does what the module did, and never touches what lies below it.

use wasmparser::FuncType;
use wasmtime::{Engine, Instance, Linker, Memory, MemoryType, Module, Store, Val};

use super::dialect::resolve;
use super::survey::{Form, Survey, functions};
use super::{COMMAND_ADAPTER, Error, Options, REACTOR_ADAPTER, SHIFT, Sockets, shift, wrap};

fn module(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn shifted(core: &[u8]) -> Vec<u8> {
    let survey = Survey::of(core).unwrap();
    let names: Vec<_> =
        survey.imports.iter().map(|import| (import.module.clone(), import.name.clone())).collect();
    shift::shift(core, &survey, &names).unwrap()
}

/// Calls every exported function of a module with every pair of arguments, on a fresh instance each
/// time; an entry of the answer is the results, or that it trapped. The guest's first page is part
/// of it.
fn behaviour(core: &[u8], base: usize) -> Vec<String> {
    const ARGUMENTS: [u32; 12] =
        [0, 1, 7, 100, 65532, 65535, 65536, 131072, 0xff_ffff, 0xffbf_ffff, 0xffc0_0000, u32::MAX];
    let engine = Engine::default();
    let module = Module::new(&engine, core).unwrap();
    let names: Vec<String> = module
        .exports()
        .filter(|export| export.ty().func().is_some() && !export.name().starts_with('_'))
        .map(|export| export.name().to_owned())
        .collect();
    let mut seen = Vec::new();
    for name in &names {
        for a in ARGUMENTS {
            for b in ARGUMENTS {
                let mut store = Store::<()>::new(&engine, ());
                let instance = Instance::new(&mut store, &module, &[]).unwrap();
                let function = instance.get_func(&mut store, name).unwrap();
                let mut results = [Val::I32(0)];
                let outcome = function.call(
                    &mut store,
                    &[Val::I32(a as i32), Val::I32(b as i32)],
                    &mut results,
                );
                let memory = instance.get_memory(&mut store, "memory").unwrap();
                let data = memory.data(&store);
                assert!(
                    data[..base].iter().all(|byte| *byte == 0),
                    "{name}({a}, {b}) wrote below the guest"
                );
                let page: u64 = data[base..base + 65536]
                    .iter()
                    .fold(0, |sum, byte| sum * 31 % 1_000_003 + u64::from(*byte));
                let result = outcome.map(|()| results[0].unwrap_i32()).ok();
                seen.push(format!(
                    "{name}({a}, {b}) = {result:?}, page {page}, {} bytes",
                    data.len() - base
                ));
            }
        }
    }
    seen
}

#[test]
fn a_shifted_module_does_the_same() {
    let core = module(
        r#"(module (memory (export "memory") 1 3)
             (data (i32.const 16) "sixteen") (data $passive "passive data") (global $at i32 (i32.const 64))
             (data (global.get $at) "by a global")
             (func (export "load") (param i32 i32) (result i32) (i32.add (i32.load offset=4 (local.get 0)) (i32.load8_u (local.get 1))))
             (func (export "far") (param i32 i32) (result i32) (i32.load8_u offset=0xffffffff (local.get 0)))
             (func (export "store") (param i32 i32) (result i32) (i64.store (local.get 0) (i64.const -1)) (i32.const 0))
             (func (export "fill") (param i32 i32) (result i32)
               (memory.fill (local.get 0) (i32.const 7) (local.get 1)) (i32.const 0))
             (func (export "copy") (param i32 i32) (result i32)
               (memory.copy (local.get 0) (local.get 1) (i32.const 50)) (i32.const 0))
             (func (export "nothing") (param i32 i32) (result i32)
               (memory.copy (local.get 0) (local.get 1) (i32.const 0)) (i32.const 0))
             (func (export "init") (param i32 i32) (result i32)
               (memory.init $passive (local.get 0) (i32.const 1) (i32.const 9)) (data.drop $passive) (i32.const 0))
             (func (export "gone") (param i32 i32) (result i32)
               (memory.init 0 (local.get 0) (i32.const 0) (local.get 1)) (i32.const 0))
             (func (export "grow") (param i32 i32) (result i32)
               (i32.add (memory.grow (local.get 0)) (i32.mul (i32.const 100) (memory.size)))))"#,
    );
    for (plain, shifted) in
        behaviour(&core, 0).into_iter().zip(behaviour(&shifted(&core), SHIFT as usize))
    {
        assert_eq!(plain, shifted);
    }
}

#[test]
fn the_adapter_has_the_same_shift() {
    for adapter in [COMMAND_ADAPTER, REACTOR_ADAPTER] {
        let engine = Engine::default();
        let module = Module::new(&engine, adapter).unwrap();
        let mut store = Store::<()>::new(&engine, ());
        let mut linker = Linker::<()>::new(&engine);
        let memory = Memory::new(&mut store, MemoryType::new(100, None)).unwrap();
        linker.define(&store, "env", "memory", memory).unwrap();
        linker.define_unknown_imports_as_traps(&module).unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let shift = instance.get_typed_func::<(), u32>(&mut store, "forebay_shift").unwrap();
        assert_eq!(shift.call(&mut store, ()).unwrap(), SHIFT);
    }
}

#[test]
fn a_start_function_runs_within_the_entry_point() {
    let core = module(
        r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
             (memory (export "memory") 1) (start $first) (func $first (drop (call $yield)))
             (func (export "_start")))"#,
    );
    let text = String::from_utf8_lossy(&shifted(&core)).into_owned();
    assert_eq!(text.matches("_start").count(), 1, "the old entry point is gone");
    assert!(Survey::of(&shifted(&core)).unwrap().start.is_none());
    wrap(&core, &Options::default()).unwrap();
    let only_start = module("(module (memory (export \"memory\") 1) (func $first) (start $first))");
    assert_eq!(Survey::of(&only_start).unwrap().form, Form::Command);
    wrap(&only_start, &Options::default()).unwrap();
}

/// What each import of a module is bound to; a type is its parameters' number.
#[track_caller]
fn check(imports: &[(&str, usize)], options: &Options, expect: &[&str]) {
    let mut text = String::from("(module");
    for (name, params) in imports {
        let params = "i32 ".repeat(*params);
        text += &format!(
            r#"(import "wasi_snapshot_preview1" "{name}" (func (param {params}) (result i32)))"#
        );
    }
    let core = module(&(text + ")"));
    let resolution =
        resolve(&Survey::of(&core).unwrap(), &functions(REACTOR_ADAPTER).unwrap(), options)
            .unwrap();
    let names: Vec<String> = resolution
        .names
        .into_iter()
        .map(
            |(module, name)| {
                if module == super::PREVIEW1 { name } else { format!("{module} {name}") }
            },
        )
        .collect();
    assert_eq!(names, expect);
}

#[test]
fn each_import_is_resolved_by_its_own_type() {
    let options = Options::default();
    check(&[("fd_close", 1), ("sock_accept", 3)], &options, &["fd_close", "sock_accept"]);
    check(
        &[
            ("sock_open", 3),
            ("sock_accept", 2),
            ("sock_recv_from", 8),
            ("sock_getpeeraddr", 4),
            ("fd_close", 1),
        ],
        &options,
        &[
            "sock_open",
            "sock_accept:v1",
            "sock_recv_from",
            "sock_getpeeraddr:v1",
            "fd_close:sockets",
        ],
    );
    check(
        &[
            ("sock_open_v2", 3),
            ("sock_accept_v2", 3),
            ("sock_getlocaladdr_v2", 3),
            ("sock_recv_from", 7),
        ],
        &options,
        &["sock_open", "sock_accept:sockets", "sock_getlocaladdr", "sock_recv_from:v1"],
    );
}

#[test]
fn a_dialect_that_is_named_is_the_only_one() {
    let named = |sockets| Options { sockets, ..Options::default() };
    let both = [("sock_open", 3), ("sock_recv_from", 8), ("sock_recv_from", 7)];
    check(
        &both,
        &named(Sockets::WasmEdgeV1),
        &["sock_open", "forebay-stub sock_recv_from", "sock_recv_from:v1"],
    );
    check(
        &both,
        &named(Sockets::WasmEdgeV2),
        &["sock_open", "sock_recv_from", "forebay-stub sock_recv_from"],
    );
    check(
        &[("sock_open", 4), ("sock_open", 3)],
        &named(Sockets::Wamr),
        &["sock_open:wamr", "forebay-stub sock_open"],
    );
}

#[test]
fn wamrs_functions_are_told_by_their_types() {
    check(
        &[
            ("sock_open", 4),
            ("sock_bind", 2),
            ("sock_accept", 3),
            ("sock_send_to", 6),
            ("sock_addr_local", 2),
        ],
        &Options::default(),
        &[
            "sock_open:wamr",
            "sock_bind:wamr",
            "sock_accept:sockets",
            "sock_send_to:wamr",
            "sock_addr_local",
        ],
    );
}

#[test]
fn radus_connect_is_told_by_what_stands_beside_it() {
    let options = Options::default();
    check(
        &[("sock_connect", 3), ("sock_send", 5)],
        &options,
        &["sock_connect:radu", "sock_send:sockets"],
    );
    check(&[("sock_connect", 3), ("sock_open", 3)], &options, &["sock_connect", "sock_open"]);
    let radu = Options { sockets: Sockets::Radu, ..options };
    check(&[("sock_connect", 3), ("sock_open", 3)], &radu, &["sock_connect:radu", "sock_open"]);
}

#[test]
fn an_unknown_socket_function_is_a_stub_unless_strict() {
    let options = Options::default();
    check(&[("sock_teleport", 4)], &options, &["forebay-stub sock_teleport"]);
    let none = Options { sockets: Sockets::None, ..options.clone() };
    check(&[("sock_open", 3), ("fd_close", 1)], &none, &["forebay-stub sock_open", "fd_close"]);
    let core = module(
        r#"(module (import "wasi_snapshot_preview1" "sock_teleport" (func (param i32) (result i32)))
             (memory (export "memory") 1) (func (export "_start")))"#,
    );
    assert_eq!(wrap(&core, &options).unwrap().unknown, ["sock_teleport"]);
    let strict = Options { strict_imports: true, ..options };
    assert!(
        matches!(wrap(&core, &strict), Err(Error::UnknownImports(imports)) if imports[0].1 == "sock_teleport")
    );
}

#[test]
fn hosts_without_exit_codes_get_the_old_exit() {
    let core = module(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
             (memory (export "memory") 1) (func (export "_start") (call 0 (i32.const 7))))"#,
    );
    let has = |bytes: &[u8]| bytes.windows(14).any(|window| window == b"exit-with-code");
    assert!(has(&wrap(&core, &Options::default()).unwrap().component));
    let old = Options { wasi_patch: 6, ..Options::default() };
    assert!(!has(&wrap(&core, &old).unwrap().component));
}

#[test]
fn a_memory_is_made_or_exported_where_there_is_none() {
    let import = r#"(import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))"#;
    for memory in ["", "(memory 1)"] {
        let core = module(&format!(
            r#"(module {import} {memory} (func (export "_start") (drop (call 0 (i32.const 0)))))"#
        ));
        wrap(&core, &Options::default()).unwrap();
    }
}

#[test]
fn what_cannot_be_moved_is_refused() {
    let refused = |text: &str| wrap(&module(text), &Options::default()).unwrap_err();
    assert!(matches!(refused("(module (memory i64 1))"), Error::Memory(_)));
    assert!(matches!(refused("(module (memory 1) (memory 1))"), Error::Memory(_)));
    assert!(matches!(refused("(module (memory 1 2 shared))"), Error::Memory(_)));
    assert!(matches!(refused(r#"(module (import "env" "memory" (memory 1)))"#), Error::Memory(_)));
    assert!(matches!(refused("(module (memory 65500))"), Error::Memory(_)));
    assert!(matches!(
        refused(r#"(module (memory 1) (@custom "component-type:x" ""))"#),
        Error::World(_)
    ));
    let vector = r#"(module (import "wasi_snapshot_preview1" "sock_x" (func (param v128))) (func (export "_start")))"#;
    assert!(matches!(refused(vector), Error::UnknownImports(_)));
    assert!(matches!(refused(r#"(module (import "gojs" "f" (func)))"#), Error::UnknownImports(_)));
}

#[test]
fn the_same_module_gives_the_same_component() {
    let core = module(
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
             (memory (export "memory") 1) (func $named (export "_start")))"#,
    );
    let once = wrap(&core, &Options::default()).unwrap().component;
    assert_eq!(once, wrap(&core, &Options::default()).unwrap().component);
    assert!(once.windows(5).any(|window| window == b"named"), "the guest's names are kept");
}

#[test]
fn all_of_preview_1_is_there() {
    const NAMES: [&str; 46] = [
        "args_get",
        "args_sizes_get",
        "clock_res_get",
        "clock_time_get",
        "environ_get",
        "environ_sizes_get",
        "fd_advise",
        "fd_allocate",
        "fd_close",
        "fd_datasync",
        "fd_fdstat_get",
        "fd_fdstat_set_flags",
        "fd_fdstat_set_rights",
        "fd_filestat_get",
        "fd_filestat_set_size",
        "fd_filestat_set_times",
        "fd_pread",
        "fd_prestat_dir_name",
        "fd_prestat_get",
        "fd_pwrite",
        "fd_read",
        "fd_readdir",
        "fd_renumber",
        "fd_seek",
        "fd_sync",
        "fd_tell",
        "fd_write",
        "path_create_directory",
        "path_filestat_get",
        "path_filestat_set_times",
        "path_link",
        "path_open",
        "path_readlink",
        "path_remove_directory",
        "path_rename",
        "path_symlink",
        "path_unlink_file",
        "poll_oneoff",
        "proc_exit",
        "proc_raise",
        "random_get",
        "sched_yield",
        "sock_accept",
        "sock_recv",
        "sock_send",
        "sock_shutdown",
    ];
    let (ours, officials) = (
        functions(REACTOR_ADAPTER).unwrap(),
        functions(wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)
            .unwrap(),
    );
    let no_type = FuncType::new([], []);
    for name in NAMES {
        assert_ne!(ours.get(name), Some(&no_type), "{name}");
        assert_eq!(ours.get(name), officials.get(name), "{name}");
    }
}
