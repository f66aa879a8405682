//! `forebay adapt`: what it writes is a component that does the same here and on another host.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A directory with a module and a WIT package in it.
struct Workshop(TempDir);

impl Workshop {
    fn new(module: &str, wit: &str) -> Workshop {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("module.wat"), module).expect("the module is written");
        std::fs::write(directory.path().join("world.wit"), wit).expect("the world is written");
        Workshop(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn adapt(&self, flags: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
        command
            .current_dir(self.0.path())
            .args(["adapt", "module.wat", "-o", "out.wasm"])
            .args(flags);
        command.output().expect("forebay runs")
    }

    #[track_caller]
    fn adapted(&self, flags: &[&str]) -> Vec<u8> {
        let output = self.adapt(flags);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(self.path("out.wasm")).expect("it was written")
    }

    #[track_caller]
    fn refused(&self, flags: &[&str], part: &str) {
        let output = self.adapt(flags);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(part), "{said}");
        assert!(!self.path("out.wasm").exists(), "nothing is written when it can't be");
    }
}

/// Runs the component on the other host, if that is installed.
fn elsewhere(component: &Path, flags: &[&str]) -> Option<Output> {
    let output = Command::new("wasmtime").arg("run").args(flags).arg(component).output();
    output.ok()
}

const SUM: &str = r#"(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "add_up") (param i32 i32) (result i32)
    (if (call $random (i32.const 0) (i32.const 8)) (then unreachable))
    (i32.add (local.get 0) (local.get 1))))"#;
const SUM_WORLD: &str =
    "package demo:sum; world sum { export add-up: func(a: s32, b: s32) -> s32; }";

#[test]
fn plain_exports_become_typed_ones() {
    let shop = Workshop::new(SUM, SUM_WORLD);
    shop.adapted(&["--wit", "world.wit", "--world", "sum"]);
    let inspect = Command::new(env!("CARGO_BIN_EXE_forebay"))
        .arg("inspect")
        .arg(shop.path("out.wasm"))
        .output();
    let shown = String::from_utf8(inspect.expect("forebay runs").stdout).expect("text");
    assert!(shown.contains("add-up: func(a: s32, b: s32) -> s32"), "{shown}");
    if let Some(output) = elsewhere(&shop.path("out.wasm"), &["--invoke", "add-up(40, 2)"]) {
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "42");
    }
}

/// Gives a string back twice over, and says so on standard error. The allocator asks for the time,
/// as one with a garbage collector may (when it is the adapter that wants memory: the canonical ABI
/// forbids it else); its heap is full of rubbish, and grows.
const TWICE: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "twice\n")
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param $old i32) (param $len i32) (param $align i32) (param $new i32) (result i32)
    (local $at i32)
    (if (i32.gt_u (local.get $new) (i32.const 100000))
      (then (if (call $clock (i32.const 1) (i64.const 0) (i32.const 16)) (then unreachable))))
    (local.set $at (i32.and (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $new)))
    (if (i32.gt_u (global.get $free) (i32.shl (memory.size) (i32.const 16)))
      (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $new) (i32.const 16)))))))
    (memory.fill (local.get $at) (i32.const 0xaa) (local.get $new))
    (local.get $at))
  (func (export "demo:text/twice#twice") (param $at i32) (param $len i32) (result i32) (local $to i32)
    (i32.store (i32.const 32) (i32.const 64)) (i32.store (i32.const 36) (i32.const 6))
    (if (call $write (i32.const 2) (i32.const 32) (i32.const 1) (i32.const 40)) (then unreachable))
    (local.set $to (global.get $free))
    (global.set $free (i32.add (local.get $to) (i32.shl (local.get $len) (i32.const 1))))
    (memory.copy (local.get $to) (local.get $at) (local.get $len))
    (memory.copy (i32.add (local.get $to) (local.get $len)) (local.get $at) (local.get $len))
    (i32.store (i32.const 48) (local.get $to))
    (i32.store (i32.const 52) (i32.shl (local.get $len) (i32.const 1)))
    (i32.const 48)))"#;
const TWICE_WORLD: &str = "package demo:text; interface twice { twice: func(s: string) -> string; } world text { export twice; }";

#[test]
fn a_module_that_cannot_be_moved_keeps_our_state_in_its_heap() {
    let shop = Workshop::new(TWICE, TWICE_WORLD);
    for adapter in ["auto", "forebay"] {
        shop.adapted(&["--adapter", adapter, "--wit", "world.wit"]);
        if let Some(output) = elsewhere(&shop.path("out.wasm"), &["--invoke", "twice(\"ab\")"]) {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "\"abab\"", "{said}");
            assert_eq!(said, "twice\n");
        }
    }
}

#[test]
fn a_module_without_room_for_our_state_is_refused_or_gets_the_official_adapter() {
    let shop = Workshop::new(&TWICE.replace("(export \"cabi_realloc\")", ""), "");
    let world = "package demo:text; interface twice { twice: func(s: list<u8, 2>) -> list<string, 1>; } \
                 world text { export twice; }";
    std::fs::write(shop.path("world.wit"), world).expect("the world is written");
    shop.refused(&["--adapter", "forebay", "--wit", "world.wit"], "no `cabi_realloc`");
    shop.adapted(&["--wit", "world.wit"]);
}

#[test]
fn a_module_that_opens_urls_needs_a_host_of_ours_which_is_said() {
    let module = r#"(module (import "dagger" "open" (func $open (param i32 i32) (result i32)))
        (import "dagger" "close" (func (param i32) (result i32)))
        (memory 1) (data (i32.const 16) "null://\00")
        (func (export "main") (result i32) (i32.add (call $open (i32.const 16) (i32.const 0)) (i32.const 5))))"#;
    let shop = Workshop::new(module, "");
    let said = String::from_utf8(shop.adapt(&[]).stderr).expect("text");
    assert!(said.contains("`open`") && said.contains("which only hosts of ours have"), "{said}");
    let run =
        Command::new(env!("CARGO_BIN_EXE_forebay")).arg("run").arg(shop.path("out.wasm")).output();
    assert_eq!(run.expect("forebay runs").status.code(), Some(5));
    if let Some(output) = elsewhere(&shop.path("out.wasm"), &[]) {
        assert!(!output.status.success(), "the other host has no `forebay:stream`");
    }
}

/// Of CommonWA, what opens nothing runs anywhere.
#[test]
fn a_module_that_opens_nothing_runs_elsewhere() {
    let module = r#"(module (import "cwa" "io_get_stdout" (func $out (result i32)))
        (import "cwa" "runtime_exit" (func $exit (param i32)))
        (import "cwa" "resource_write" (func $write (param i32 i32 i32) (result i32)))
        (memory 1) (data (i32.const 16) "anywhere")
        (func (export "cwa_main") (call $exit (call $write (call $out) (i32.const 16) (i32.const 8)))))"#;
    let shop = Workshop::new(module, "");
    assert_eq!(String::from_utf8_lossy(&shop.adapt(&[]).stderr), "");
    let run =
        Command::new(env!("CARGO_BIN_EXE_forebay")).arg("run").arg(shop.path("out.wasm")).output();
    for output in [run.ok(), elsewhere(&shop.path("out.wasm"), &[])].into_iter().flatten() {
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(8), b"anywhere".as_slice())
        );
    }
}

#[test]
fn what_can_be_given_no_world_is_refused() {
    let shop = Workshop::new(SUM, SUM_WORLD);
    shop.refused(&["--wit", "world.wit", "--world", "difference"], "difference");
    shop.refused(&["--wit", "nowhere.wit"], "nowhere.wit");
    shop.refused(&["--world", "sum"], "--wit");
    let other = Workshop::new(
        SUM,
        "package demo:sum; world sum { export take-away: func(a: s32, b: s32) -> s32; }",
    );
    other.refused(&["--wit", "world.wit"], "`take-away`");
    let command = Workshop::new(&SUM.replace("add_up", "_start"), SUM_WORLD);
    command.refused(&["--wit", "world.wit"], "it is a command");
    Workshop::new("(component)", "").refused(&[], "no module that could be adapted");
}

#[test]
fn the_component_does_the_same_on_another_host() {
    let shop = Workshop::new(
        &std::fs::read_to_string("components/wat/wc.wat").expect("the guest is there"),
        "",
    );
    let first = shop.adapted(&[]);
    assert_eq!(first, shop.adapted(&[]), "the same module gives the same component");
    let text = "three words here\nand more\n";
    let count = |program: &str| -> Option<Output> {
        use std::io::Write;
        let mut command = Command::new(program);
        command.arg("run").arg(shop.path("out.wasm"));
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().ok()?;
        child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("the guest reads");
        Some(child.wait_with_output().expect("it ends"))
    };
    let here = count(env!("CARGO_BIN_EXE_forebay")).expect("forebay runs");
    assert!(
        here.status.success() && String::from_utf8_lossy(&here.stdout).contains('5'),
        "{here:?}"
    );
    if let Some(there) = count("wasmtime") {
        assert_eq!((here.status.code(), here.stdout), (there.status.code(), there.stdout));
    }
}

#[test]
fn exit_codes_are_the_same_on_another_host() {
    let shop = Workshop::new(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
             (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 77))))"#,
        "",
    );
    for (flags, code) in [(&["--target-wasi", "0.2.12"], 77), (&["--target-wasi", "0.2.3"], 1)] {
        let output = shop.adapt(flags);
        let warned = String::from_utf8_lossy(&output.stderr).contains("has no exit codes");
        assert_eq!(warned, code == 1, "{output:?}");
        let mut here = Command::new(env!("CARGO_BIN_EXE_forebay"));
        let here = here.arg("run").arg(shop.path("out.wasm")).output().expect("forebay runs");
        assert_eq!(here.status.code(), Some(code));
        // The other host may ask for a flag before it lets a guest choose its code; it has the
        // interface either way.
        if let Some(there) = elsewhere(&shop.path("out.wasm"), &[]) {
            assert!(!there.status.success());
            assert!(
                !String::from_utf8_lossy(&there.stderr).contains("matching implementation"),
                "{there:?}"
            );
        }
    }
}
