//! Every generation calls every other, with every kind of value: each pair gives the value, or is
//! refused with its reason. The guests are `components/rust/pairs`; docs/guides/several.md has the table.

use std::path::PathBuf;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::run::{Ended, built, forebay, run_with_input};
use crate::{graph, scratch};

/// What each kind of call gives, between any two guests.
const KINDS: &[(&str, &str)] = &[
    ("scalar", "42"),
    ("string", "desserts"),
    ("bytes", "[255, 2, 1]"),
    ("records", "2,1;4,3;"),
    ("headers", "connection=keep-alive;"),
    ("own", "42"),
    ("borrow", "7 7"),
    ("error", "Err(\"no luck\")"),
];

/// Calls `callee` from `caller`; `None` where they weren't built.
fn call(caller: &str, callee: &str, kind: &str) -> Option<Ended> {
    let (caller, callee) = (built(caller)?, built(callee)?);
    Some(run_with_input(&["--with", callee.to_str().unwrap()], caller, &[kind], b"some text"))
}

/// All that plain functions can take and give, and traps.
pub fn plain(caller: &str, callee: &str) {
    for (kind, value) in KINDS.iter().chain(&[("input-stream", "some text")]) {
        let Some(ended) = call(caller, callee, kind) else { return };
        eprintln!("{caller} → {callee}: {kind}");
        ended.prints(&format!("{value}\n"));
    }
    let Some(ended) = call(caller, callee, "trap") else { return };
    ended.fails(134, &["trapped: wasm `unreachable` instruction executed"]);
}

/// All that async functions can take and give, and traps.
fn flow(caller: &str, callee: &str) {
    let more = [
        ("stream", "ONE AFTER THE OTHER"),
        ("drain", "900000"),
        ("bulk 3", "196608"),
        ("future", "now, later"),
    ];
    for (kind, value) in KINDS.iter().filter(|(kind, _)| *kind != "headers").chain(&more) {
        let Some(ended) = call(caller, callee, kind) else { return };
        eprintln!("{caller} → {callee}: {kind}");
        ended.prints(&format!("{value}\n"));
    }
    let Some(ended) = call(caller, callee, "trap") else { return };
    ended.fails(134, &["trapped: wasm `unreachable` instruction executed"]);
}

#[test]
fn preview_1_calls_all() {
    ["rust/callee-1", "rust/callee-2", "rust/callee-3"]
        .iter()
        .for_each(|callee| plain("rust/caller-1", callee));
    ["rust/callee-1-flow", "rust/callee-3"]
        .iter()
        .for_each(|callee| flow("rust/caller-1-flow", callee));
}

#[test]
fn second_generation_calls_all() {
    ["rust/callee-1", "rust/callee-2", "rust/callee-3"]
        .iter()
        .for_each(|callee| plain("rust/caller-2", callee));
}

#[test]
fn third_generation_calls_all() {
    ["rust/callee-1", "rust/callee-2", "rust/callee-3"]
        .iter()
        .for_each(|callee| plain("rust/caller-3", callee));
    ["rust/callee-1-flow", "rust/callee-3"]
        .iter()
        .for_each(|callee| flow("rust/caller-3-flow", callee));
}

/// A function of an interface: in WIT, how that is told, and as core functions, imported and
/// exported.
type Function = (&'static str, &'static str, &'static str, &'static str);

/// A component that imports or exports such a function.
fn typed(
    folder: &tempfile::TempDir,
    name: &str,
    (function, _, lowered, lifted): Function,
) -> PathBuf {
    let mut resolve = Resolve::default();
    resolve.push_str("io.wit", include_str!("../../wit/deps/io@0.2.12.wit")).unwrap();
    let uses = if function.contains("input-stream") {
        "use wasi:io/streams@0.2.12.{input-stream};"
    } else {
        ""
    };
    let kind = if function.contains("async") { "async func" } else { "func" };
    let text = format!(
        "package forebay:pairs@0.1.0;
         interface flow {{ {uses} {function}; }}
         world callee {{ export flow; }}
         world caller {{ import flow; export main: {kind}(); }}"
    );
    let package = resolve.push_str("pairs.wit", &text).unwrap();
    let world = resolve.select_world(&[package], Some(name)).unwrap();
    let short = function.split(':').next().unwrap();
    let flow = match name {
        "callee" => {
            format!(r#"(func (export "forebay:pairs/flow@0.1.0#{short}") {lifted} unreachable)"#)
        }
        _ => format!(
            r#"(import "forebay:pairs/flow@0.1.0" "{short}" (func {lowered})) (func (export "main"))"#
        ),
    };
    let text = format!(
        r#"(module {flow} (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable))"#
    );
    let mut module = wat::parse_str(text).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let path = folder.path().join(format!("{name}.wasm"));
    std::fs::write(&path, ComponentEncoder::default().module(&module).unwrap().encode().unwrap())
        .unwrap();
    path
}

fn check(caller: Function, callee: Function) -> Ended {
    let folder = scratch();
    let (caller, callee) = (typed(&folder, "caller", caller), typed(&folder, "callee", callee));
    Ended::of(forebay().args(["check", "--with"]).arg(callee).arg(caller).output().unwrap())
}

/// What one generation means by a stream, a value that comes later, and a function, and what the
/// other does.
const PAIRS: [(Function, Function); 3] = [
    (
        (
            "drain: func(input: input-stream) -> string",
            "func(input: wasi:io/streams.input-stream) -> string",
            "(param i32 i32)",
            "(param i32) (result i32)",
        ),
        (
            "drain: async func(input: stream<u8>) -> string",
            "async func(input: stream<u8>) -> string",
            "(param i32 i32)",
            "(param i32) (result i32)",
        ),
    ),
    (
        ("later: func() -> string", "func() -> string", "(param i32)", "(result i32)"),
        (
            "later: func() -> future<string>",
            "func() -> future<string>",
            "(result i32)",
            "(result i32)",
        ),
    ),
    (
        ("scalar: func() -> u32", "func() -> u32", "(result i32)", "(result i32)"),
        ("scalar: async func() -> u32", "async func() -> u32", "(result i32)", "(result i32)"),
    ),
];

#[test]
fn what_only_the_third_generation_has_does_not_go_to_the_second_nor_from_it() {
    for (second, third) in PAIRS {
        for (wanted, offered) in [(second, third), (third, second)] {
            check(wanted, offered).fails(
                125,
                &[
                    &format!("as `{}`, but `callee` exports it as `{}`", wanted.1, offered.1),
                    "`async func`, `stream<T>` and `future<T>` are of WASI 0.3",
                ],
            );
        }
        check(second, second).prints("fits: guests 2, links between them 1\n");
        check(third, third).prints("fits: guests 2, links between them 1\n");
    }
}

#[test]
fn only_async_functions_may_wait() {
    graph(&["run", "--with", "slow.wat", "waits.wat", "5"]).prints("6\n");
    // A command of WASI 0.3 fails if the answer isn't 6.
    graph(&["run", "--with", "slow.wat", "command3.wat"]).prints("");
    graph(&["run", "--with", "slow.wat", "wedged.wat", "5"]).fails(
        125,
        &[
            "`wedged` waits for `scale` of `acme:mesh/slow@0.1.0`, an `async func`, but exports no async function",
            "build the caller with an async export",
        ],
    );
}

#[test]
fn a_resource_is_handed_through_a_guest_between() {
    let Some(middle) = built("rust/middle") else { return };
    for callee in ["callee-1", "callee-2", "callee-3"] {
        let (Some(caller), Some(callee)) =
            (built("rust/caller-relay"), built(&format!("rust/{callee}")))
        else {
            return;
        };
        let with = ["--with", middle.to_str().unwrap(), "--with", callee.to_str().unwrap()];
        run_with_input(&with, caller, &["relay"], b"some text").prints("42 some text\n");
    }
}
