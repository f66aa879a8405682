//! Programs that are made to be expensive before they run.

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
    run(&["--code-limit", "sise=99"], &program).fails(2, &["there are size, functions"]);
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
