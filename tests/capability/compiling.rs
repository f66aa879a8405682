//! Programs that are made to be expensive before they run.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::run::{Ended, forebay, run_with_input, wat};

/// A module in which `loops` lie inside each other, and hand each of many local variables on.
/// Compiling it costs the product.
fn bomb(loops: usize) -> Vec<u8> {
    let locals = loops * 3;
    let mut text = format!(
        "(module (global $g (mut i32) (i32.const 0)) (func (export \"_start\") (local{})",
        " i32".repeat(locals)
    );
    for number in 0..loops {
        let (from, to) = (number % locals, (number * 7 + 1) % locals);
        text.push_str(&format!(" loop (local.set {to} (local.get {from}))"));
    }
    text.push_str(&" (br_if 0 (local.get 0)) end".repeat(loops));
    for number in 0..locals {
        text.push_str(&format!(" (global.set $g (local.get {number}))"));
    }
    text.push_str("))");
    wat::parse_str(text).unwrap()
}

fn run(flags: &[&str], program: &[u8]) -> Ended {
    run_with_input(&[&["--no-cache"], flags].concat(), "-", &[], program)
}

#[test]
fn what_no_program_has_is_refused_unless_it_is_allowed() {
    let loops = bomb(201);
    run(&[], &loops)
        .fails(126, &["201 loops inside each other; the limit is 200", "--code-limit loops=201"]);
    run(&["--code-limit", "loops=201"], &loops).prints("");
    let program = std::fs::read(wat("hello")).unwrap();
    let size = format!("size={}", program.len());
    run(&["--code-limit", &size], &program).prints("hello, wasm!\n");
    run(&["--code-limit", "size=99"], &program).fails(126, &["bytes; the limit is 99"]);
    run(&["--code-limit", "sise=99"], &program).fails(2, &["there are size, text, functions"]);
}

#[test]
fn what_makes_compiling_dear_is_counted_before() {
    let module = |text: &str| wat::parse_str(format!("(module {text})")).unwrap();
    let start = "(func (export \"_start\")";
    let functions = module(&format!("(func {})", "nop ".repeat(3 << 20)));
    run(&[], &functions).fails(126, &["bytes in one function", "--code-limit function-size="]);
    let values = format!("(global i32 i32.const 0 {})", "i32.const 1 i32.add ".repeat(800_000));
    run(&[], &module(&values)).fails(126, &["bytes in one function or initial value"]);
    let (locals, body) = ("i32 ".repeat(20_000), "nop ".repeat(100_000));
    run(&[], &module(&format!("{start} (local {locals}) {body})")))
        .fails(126, &["local variables times bytes", "--code-limit weight="]);
    let elements = format!("(func $f) (elem func {})", "$f ".repeat(1_000_001));
    run(&[], &module(&elements)).fails(126, &["1000001 elements", "--code-limit elements="]);
    let parameters = format!("(type (func (param {})))", "i32 ".repeat(1000)).repeat(300);
    run(&[], &module(&parameters)).fails(126, &["types, parameters and fields"]);
    let sections = [&module("")[..], &[0, 1, 0].repeat(50_001)].concat();
    run(&[], &sections).fails(126, &["sections; the limit is 50000", "--code-limit sections="]);
    let text = format!("(module {})", "(func)".repeat(800_000));
    run(&[], text.as_bytes()).fails(126, &["4800009 bytes of text", "--code-limit text="]);
    run(&["--code-limit", "text=5MiB"], text.as_bytes()).fails(126, &["800000 functions"]);
}

#[test]
fn compiling_has_a_time_limit_of_its_own() {
    let allowed = ["--code-limit", "loops=9999", "--compile-timeout"];
    let start = Instant::now();
    run(&[&allowed[..], &["50ms"]].concat(), &bomb(1500))
        .fails(126, &["compiling `-` takes too long", "after 50ms", "--compile-timeout"]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    run(&[&allowed[..], &["500s"]].concat(), &bomb(20)).prints("");
}

#[test]
fn compiling_has_a_memory_limit_of_its_own() {
    let allowed = ["--code-limit", "loops=9999", "--compile-memory"];
    run(&[&allowed[..], &["60MiB"]].concat(), &bomb(1000)).fails(
        126,
        &["compiling `-` takes too much memory", "than 62914560 bytes", "--compile-memory"],
    );
    run(&[&allowed[..], &["1GiB"]].concat(), &bomb(20)).prints("");
}

#[test]
fn who_compiles_dies_with_who_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.wasm");
    std::fs::write(&path, bomb(2500)).unwrap();
    let mut command = forebay();
    command.args(["run", "--no-cache", "--code-limit=loops=9999", "--compile-timeout=500s"]);
    let mut parent = command.arg(&path).stderr(Stdio::null()).spawn().unwrap();
    let listing = format!("/proc/{0}/task/{0}/children", parent.id());
    let deadline = Instant::now() + Duration::from_secs(60);
    let child = loop {
        let children = std::fs::read_to_string(&listing).unwrap();
        if let Some(child) = children.split_whitespace().next() {
            break child.to_owned();
        }
        assert!(Instant::now() < deadline && parent.try_wait().unwrap().is_none());
        std::thread::yield_now();
    };
    parent.kill().unwrap();
    parent.wait().unwrap();
    // It's gone, or dead and not yet buried.
    let alive = || {
        let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        state.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
    };
    while alive() {
        assert!(Instant::now() < deadline, "the compiler {child} goes on");
        std::thread::yield_now();
    }
}

/// Every command that reads a program, with one that is refused or answered by its types alone.
#[track_caller]
fn each_command(program: &Path, limit: Duration) {
    let out = program.with_extension("out");
    let (program, out) = (program.to_str().unwrap(), out.to_str().unwrap());
    for words in [
        &["inspect", program][..],
        &["explain", program],
        &["check", program],
        &["compose", program, "-o", out],
        &["adapt", program, "-o", out],
        &["run", "--no-cache", program],
        &["run", "--no-cache", program, "--help"],
    ] {
        let begun = Instant::now();
        let ended = Ended::of(forebay().args(words).output().unwrap());
        assert!(
            ended.code.is_some_and(|code| matches!(code, 2 | 125 | 126)),
            "{words:?} {ended:?}"
        );
        assert!(ended.stderr.starts_with("error: "), "{words:?} {ended:?}");
        assert!(begun.elapsed() < limit, "{words:?} took {:?}", begun.elapsed());
    }
}

#[test]
fn text_that_costs_the_square_of_its_size_is_refused_by_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.wat");
    // The assembler would work on this for minutes.
    let functions = "(func (canon lift (core func $i \"f\")))".repeat(80_000);
    let module = "(core module $m (func (export \"f\"))) (core instance $i (instantiate $m))";
    std::fs::write(&path, format!("(component {module} {functions})")).unwrap();
    each_command(&path, Duration::from_secs(10));
    let path = path.to_str().unwrap();
    Ended::of(forebay().args(["inspect", path]).output().unwrap()).fails(
        126,
        &[
            "expressions of text outside of modules; the limit is 30000",
            "--code-limit expressions=",
        ],
    );
}

#[test]
fn many_parts_and_text_inside_itself_are_refused_by_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.wat");
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    for text in [
        format!("(component {})", "(component)".repeat(20_000)),
        format!("(component {})", "(core module)".repeat(20_000)),
        deep("(component ", ")"),
        format!("(component (type {}))", deep("(list ", ")")),
        format!("(module (@custom {}))", deep("(", ")")),
    ] {
        std::fs::write(&path, text).unwrap();
        each_command(&path, Duration::from_secs(10));
    }
}
