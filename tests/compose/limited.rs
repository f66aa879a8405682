//! A guest that goes over a limit of its own and gives up: whose limit it was is told, and what the
//! guest said last.

use std::path::Path;

use crate::run::{Ended, built, forebay, run_with_input};
use crate::{graph, legacy, scratch};

/// A component of one function, which `app.wat` calls: it grows what it has by 100 and traps if it
/// can't.
fn hoarder(what: &str) -> String {
    format!(
        r#"(component
          (core module $m
            (memory 1) {what}
            (func $hoard (param i32)
              (if (local.get 0) (then (call $hoard (i32.sub (local.get 0) (i32.const 1)))
                (if (i32.eq (i32.const -1) (call $grow)) (then unreachable)))))
            (func (export "scale") (param i32) (result i32) (call $hoard (i32.const 3)) (local.get 0)))
          (core instance $i (instantiate $m))
          (func $scale (param "x" u32) (result u32) (canon lift (core func $i "scale")))
          (instance $route (export "scale" (func $scale)))
          (export "acme:mesh/route@0.1.3" (instance $route)))"#
    )
}

const MEMORY: &str = "(func $grow (result i32) (memory.grow (i32.const 100)))";
const OWN_SIZE: &str =
    "(memory $own 1 2) (func $grow (result i32) (memory.grow $own (i32.const 100)))";
const TABLE: &str = "(table $t 1 funcref)
    (func $grow (result i32) (table.grow $t (ref.null func) (i32.const 100)))";

/// Runs `app.wat` with a guest beside it.
fn run(guest: &Path, flags: &[&str]) -> Ended {
    let main = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph/app.wat");
    let mut command = forebay();
    Ended::of(
        command.args(["run", "--with"]).arg(guest).args(flags).args([main, "5"]).output().unwrap(),
    )
}

#[test]
fn whose_limit_it_was_is_told_in_the_shared_store_and_in_its_own() {
    let folder = scratch();
    let path = folder.path().join("hoarder.wat");
    for (what, limit, told) in [
        (MEMORY, "--max-memory=1MiB", "have more memory than 1048576 bytes"),
        (TABLE, "--max-table-elements=50", "have more than 50 table elements"),
    ] {
        std::fs::write(&path, hoarder(what)).unwrap();
        let (limit, flag) = (format!("--grant=hoarder:{limit}"), limit.split('=').next().unwrap());
        for store in [&["--grant=hoarder:--isolate"][..], &[]] {
            let ended = run(&path, &[store, &[&limit]].concat());
            let denied =
                format!("denied: `hoarder` may not {told}; allow it with --grant hoarder:{flag}=");
            ended.fails(134, &["unreachable", &denied]);
        }
        run(&path, &[]).prints("6\n");
    }
}

#[test]
fn a_modules_own_largest_size_is_nobodys_limit() {
    let folder = scratch();
    let path = folder.path().join("hoarder.wat");
    std::fs::write(&path, hoarder(OWN_SIZE)).unwrap();
    let ended = run(&path, &["--grant=hoarder:--max-memory=16MiB"]);
    ended.fails(134, &["unreachable"]);
    assert!(!ended.stderr.contains("denied"), "{ended:?}");
}

/// A preview-1 module of the same function, which says so before it traps.
const SAYS_WHY: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 8)
    (data (i32.const 64) "first\nout of memory\n")
    (global $heap (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
      (global.set $heap (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "acme:mesh/route@0.1.0#scale") (param i32) (result i32)
      (if (i32.eq (i32.const -1) (memory.grow (i32.const 100))) (then
        (i32.store (i32.const 8) (i32.const 64))
        (i32.store (i32.const 12) (i32.const 20))
        (drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 4)))
        unreachable))
      (local.get 0)))"#;

#[test]
fn a_silenced_guest_that_fails_is_heard() {
    let folder = scratch();
    let guest = legacy::module(folder.path(), "says.wasm", SAYS_WHY, "provider");
    let (limit, said) = (
        "--grant=says:--max-memory=1MiB",
        "stderr: `says` wrote last:\n  first\n  out of memory\n",
    );
    let denied = "denied: `says` may not have more memory than 1048576 bytes";
    for store in [&[][..], &["--grant=says:--isolate"]] {
        run(&guest, &[store, &[limit]].concat()).fails(134, &["unreachable", said, denied]);
        let quiet = run(&guest, &[&["-q"], store, &[limit]].concat());
        assert!(quiet.code == Some(134) && !quiet.stderr.contains("out of memory"), "{quiet:?}");
        // One that isn't silenced says it itself, once.
        let loud = run(&guest, &[store, &[limit, "--grant=says:--stderr=inherit"]].concat());
        assert_eq!(loud.stderr.matches("out of memory").count(), 1, "{loud:?}");
        assert!(!loud.stderr.contains("wrote last"), "{loud:?}");
    }
    run(&guest, &[]).prints("6\n");
}

#[test]
fn a_language_that_aborts_without_a_word_is_told_of_too() {
    for (caller, callee) in [("rust/caller-1", "rust/callee-1"), ("rust/caller-2", "rust/callee-2")]
    {
        let (Some(caller), Some(path)) = (built(caller), built(callee)) else { return };
        let name = callee.replace("rust/callee-", "callee-g");
        let limit = format!("--grant={name}:--max-memory=4MiB");
        let text = "text ".repeat(2 << 20);
        let flags = ["--with", path.to_str().unwrap(), &limit];
        let ended = run_with_input(&flags, caller, &["input-stream"], text.as_bytes());
        let denied = format!("denied: `{name}` may not have more memory than 4194304 bytes");
        ended.fails(134, &["unreachable", &denied]);
    }
}

#[test]
fn all_guests_together_have_no_more_bytes_than_one_by_itself() {
    let guests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");
    let [app, mesh] = ["app.wat", "mesh.wat"]
        .map(|name| std::fs::read_to_string(format!("{guests}/{name}")).unwrap());
    // As long as the other.
    let padding = " ".repeat(app.len() - mesh.len());
    let folder = scratch();
    let path = folder.path().join("mesh.wat");
    std::fs::write(&path, mesh + &padding).unwrap();

    let run = |most: usize| {
        let (limit, mesh) = (format!("size={most}"), path.to_str().unwrap());
        graph(&["run", "--code-limit", &limit, "--with", mesh, "app.wat", "5"])
    };
    run(app.len() * 2).prints("16\n");
    run(app.len()).fails(
        126,
        &["the guests have more bytes than are allowed, all together", "--code-limit size=N"],
    );
}
