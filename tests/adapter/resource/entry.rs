//! Where programs of Dagger and CommonWA begin, what their results become, and which modules are
//! none of theirs.

use std::path::Path;
use std::process::Command;

use super::steps::{Steps, System, run};

const NONE: [&str; 0] = [];

fn program(body: &str) -> String {
    format!(
        r#"(module (import "dagger" "open" (func $open (param i32 i32) (result i32)))
             (import "dagger" "write" (func $write (param i32 i32 i32) (result i32)))
             (memory 1) (data (i32.const 16) "fd://1")
             (func $say (param i32)
               (i32.store8 (i32.const 64) (local.get 0))
               (drop (call $write (call $open (i32.const 16) (i32.const 0)) (i32.const 64) (i32.const 1))))
             {body})"#
    )
}

#[test]
fn each_system_begins_somewhere_else() {
    for entry in ["main", "dagger_main", "cwa_main", "handle", "_start"] {
        for system in [System::Dagger1, System::Dagger2("dagger"), System::Cwa("env")] {
            Steps::new(system)
                .entry(entry)
                .open("stdout://", 0)
                .writes(0, "ran")
                .run(&NONE, "")
                .ends(0)
                .prints("ran");
        }
    }
}

#[test]
fn what_the_entry_returns_is_the_exit_code() {
    for (result, status) in [(0, 0), (7, 7), (255, 255), (256, 0), (-1, 255)] {
        let text = program(&format!(r#"(func (export "main") (result i32) (i32.const {result}))"#));
        run(&text, &NONE, "", Path::new(".")).ends(status);
    }
    run(&program(r#"(func (export "dagger_main"))"#), &NONE, "", Path::new(".")).ends(0);
    let old = program(r#"(func (export "dagger_main") (result i32) (i32.const 7))"#);
    run(&old, &["--target-wasi", "0.2.6"], "", Path::new(".")).ends(1);
}

#[test]
fn the_entry_that_was_made_for_it_goes_first() {
    let text = program(
        r#"(func (export "main") (param i32 i32) (result i32) (unreachable))
           (func (export "handle") (result i32) (unreachable))
           (func (export "cwa_main") (result i32) (call $say (i32.const 99)) (i32.const 3))"#,
    );
    run(&text, &NONE, "", Path::new(".")).ends(3).prints("c");
    let text = program(
        r#"(func (export "main") (unreachable)) (func (export "_start") (call $say (i32.const 115)))"#,
    );
    run(&text, &NONE, "", Path::new(".")).ends(0).prints("s");
}

#[test]
fn what_runs_before_the_entry_still_does() {
    let text = program(
        r#"(func $start (call $say (i32.const 49))) (start $start)
           (func (export "main") (result i32) (call $say (i32.const 50)) (i32.const 0))"#,
    );
    run(&text, &NONE, "", Path::new(".")).ends(0).prints("12");
    let text = program(
        r#"(global $ready (mut i32) (i32.const 0))
           (func (export "_initialize") (global.set $ready (i32.const 1)))
           (func (export "main") (result i32) (i32.eqz (global.get $ready)))"#,
    );
    run(&text, &NONE, "", Path::new(".")).ends(0);
}

/// The functions that are added move no other one out of its place.
#[test]
fn functions_keep_their_places() {
    let text = program(
        r#"(type $f (func (result i32))) (table 3 funcref) (elem (i32.const 0) $one $two $three)
           (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
           (func $three (result i32) (i32.const 3))
           (func (export "main") (result i32)
             (i32.add (call_indirect (type $f) (i32.const 1)) (i32.mul (i32.const 10)
               (i32.add (call $one) (call_indirect (type $f) (i32.const 2))))))"#,
    );
    run(&text, &NONE, "", Path::new(".")).ends(42);
}

#[test]
fn a_main_of_c_gets_no_arguments() {
    let text = program(
        r#"(func (export "main") (param i32 i32) (result i32)
             (i32.add (i32.const 9) (i32.or (local.get 0) (local.get 1))))"#,
    );
    run(&text, &NONE, "", Path::new(".")).ends(9);
}

/// As of any other module: there is nothing to run, which is said.
#[test]
fn a_module_without_an_entry_can_not_be_run() {
    let text = program(
        r#"(func (export "greet") (result i32) (unreachable)) (func (export "main") (param f32))"#,
    );
    run(&text, &NONE, "", Path::new(".")).ends(127).prints("");
}

/// Among guests as well: what imports a filter may get such a program.
#[test]
fn it_is_a_filter_as_any_command_is() {
    let steps = Steps::new(System::Dagger2("env")).open("stdin://", 0).open("stdout://", 1);
    let steps = steps.read(0, 5, b"hello").writes(1, "hello as well\n");
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join("legacy.wat"), steps.text())
        .expect("the program is written");
    std::fs::write(directory.path().join("text"), "hello, filter").expect("the input is written");
    let main = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph/filtered.wat");
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    command.current_dir(directory.path()).args([
        "call",
        "--with",
        "legacy.wat",
        main,
        "main",
        "text",
    ]);
    let output = command.output().expect("forebay runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello as well\n", "{output:?}");
}

#[test]
fn functions_of_nobody_are_refused_by_name_and_type() {
    let none: &[&str] = &[];
    for (imports, parts) in [
        (
            r#"(import "dagger" "seek" (func (param i32)))"#,
            ["`dagger` `seek`", "no such functions"],
        ),
        (
            r#"(import "dagger" "open" (func (param i32) (result i32)))"#,
            ["`dagger` `open`", "other types"],
        ),
        (
            r#"(import "cwa" "resource_seek" (func (param i32)))"#,
            ["`cwa` `resource_seek`", "no such functions"],
        ),
        (
            r#"(import "cwa" "random_i32" (func (result i64)))"#,
            ["`cwa` `random_i32`", "other types"],
        ),
        // A module of any kind has such imports.
        (r#"(import "env" "abort" (func))"#, ["`env` `abort`", "a host of its own"]),
        (
            r#"(import "env" "open" (func (param i32 i32 i32) (result i32)))"#,
            ["`env` `open`", "a host of its own"],
        ),
        (
            r#"(import "env" "write" (func (param i32 i32 i32) (result i32)))"#,
            ["`env` `write`", "a host of its own"],
        ),
        (
            r#"(import "env" "open" (func (param i32 i32) (result i32))) (import "env" "abort" (func))"#,
            ["`env` `abort`", "a host of its own"],
        ),
    ] {
        let text = format!(
            r#"(module {imports} (memory 1) (func (export "main") (result i32) (i32.const 0)))"#
        );
        run(&text, none, "", Path::new(".")).ends(125).says(&parts);
        run(&text, &["--strict-imports"], "", Path::new(".")).ends(125).says(&parts[..1]);
    }
}

#[test]
fn the_official_adapter_has_neither() {
    let text = program(r#"(func (export "main") (result i32) (i32.const 0))"#);
    let ended = run(&text, &["--adapter", "official"], "", Path::new("."));
    ended.ends(125).says(&["`dagger` `open`", "leave out `--adapter official`"]);
}
