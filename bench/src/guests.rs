//! The price of a call from guest to guest: the caller calls in a loop of its own, and the loop's
//! time is divided.
//!
//! `forebay` is our runtime, with the graph composed by us. The peers run the same composition on
//! engines of their own: without and with inlining; a direct call between two core modules; and a
//! call from the host through dynamic values.

use std::time::Instant;

use forebay::graph::Graph;
use forebay::load::Program;
use wasmtime::{Engine, Inlining};

use crate::timed::{Peer, Timed, composed};
use crate::{Row, median};

const SAMPLES: usize = 7;

const CALLEE: &str = r#"(component
  (core module $m
    (memory (export "memory") 64)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1048576)
    (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
    (func (export "length") (param i32 i32) (result i32) local.get 1))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $mem))
  (func (export "add") (param "a" s32) (param "b" s32) (result s32) (canon lift (core func $i "add")))
  (func (export "text") (param "s" string) (result u32)
    (canon lift (core func $i "length") (memory $mem) (realloc (func $i "realloc"))))
  (func (export "bytes") (param "s" (list u8)) (result u32)
    (canon lift (core func $i "length") (memory $mem) (realloc (func $i "realloc")))))"#;

const CALLER: &str = r#"(component
  (import "add" (func $add (param "a" s32) (param "b" s32) (result s32)))
  (import "text" (func $text (param "s" string) (result u32)))
  (import "bytes" (func $bytes (param "s" (list u8)) (result u32)))
  (core module $lm (memory (export "memory") 64))
  (core instance $li (instantiate $lm))
  (alias core export $li "memory" (core memory $mem))
  (core func $cadd (canon lower (func $add)))
  (core func $ctext (canon lower (func $text) (memory $mem)))
  (core func $cbytes (canon lower (func $bytes) (memory $mem)))
  (core module $near (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
  (core instance $near (instantiate $near))
  (core module $m
    (import "x" "add" (func $add (param i32 i32) (result i32)))
    (import "x" "text" (func $text (param i32 i32) (result i32)))
    (import "x" "bytes" (func $bytes (param i32 i32) (result i32)))
    (import "near" "add" (func $near (param i32 i32) (result i32)))
    (func (export "scalar") (param $n i32) (param $k i32) (result i32) (local $r i32)
      (loop $l (local.set $r (call $add (local.get $r) (local.get $n)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) local.get $r)
    (func (export "core") (param $n i32) (param $k i32) (result i32) (local $r i32)
      (loop $l (local.set $r (call $near (local.get $r) (local.get $n)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) local.get $r)
    (func (export "strings") (param $n i32) (param $k i32) (result i32) (local $r i32)
      (loop $l (local.set $r (i32.add (local.get $r) (call $text (i32.const 1024) (local.get $k))))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) local.get $r)
    (func (export "lists") (param $n i32) (param $k i32) (result i32) (local $r i32)
      (loop $l (local.set $r (i32.add (local.get $r) (call $bytes (i32.const 1024) (local.get $k))))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) local.get $r))
  (core instance $i (instantiate $m
    (with "x" (instance (export "add" (func $cadd)) (export "text" (func $ctext)) (export "bytes" (func $cbytes))))
    (with "near" (instance $near))))
  (func (export "scalar") (param "n" u32) (param "k" u32) (result s32) (canon lift (core func $i "scalar")))
  (func (export "core") (param "n" u32) (param "k" u32) (result s32) (canon lift (core func $i "core")))
  (func (export "strings") (param "n" u32) (param "k" u32) (result s32) (canon lift (core func $i "strings")))
  (func (export "lists") (param "n" u32) (param "k" u32) (result s32) (canon lift (core func $i "lists"))))"#;

/// What is called, how often, and with how many bytes.
const CASES: &[(&str, &str, u32, u32)] = &[
    ("guest to guest, scalar", "scalar", 5_000_000, 0),
    ("guest to guest, string of 20 B", "strings", 1_000_000, 20),
    ("guest to guest, string of 2 kB", "strings", 200_000, 2_000),
    ("guest to guest, string of 64 KiB", "strings", 2_000, 65_536),
    ("guest to guest, list<u8> of 64 KiB", "lists", 500, 65_536),
];

pub fn graph() -> Graph {
    let program = |name: &str, text: &str| {
        Program::recognise(name, text.as_bytes().to_vec()).expect("a program")
    };
    Graph::new()
        .guest("caller", program("caller", CALLER))
        .guest("callee", program("callee", CALLEE))
}

/// Measures calls on our runtime and on the peers' engines.
pub fn measure() -> Vec<Row> {
    let composed = composed(&graph());
    let mut plain = Peer::new(&composed, Inlining::No);
    let mut inlined = Peer::new(&composed, Inlining::InterModule);
    let mut rows = Vec::new();
    for &(what, function, calls, bytes) in CASES {
        let timed = Timed::new(&graph(), function);
        let words = |calls: u32| vec![calls.to_string(), bytes.to_string()];
        let ours = median((0..SAMPLES).map(|_| timed.each(calls, words)).collect());
        let mut peer = |name: &str, samples: Vec<f64>| {
            let peer = Some((name.to_owned(), median(samples)));
            rows.push(Row { what: what.to_owned(), ours, peer, unit: "ns" });
        };
        peer(
            "engine, nothing inlined",
            (0..SAMPLES).map(|_| plain.call(function, calls, bytes)).collect(),
        );
        peer(
            "engine, across modules inlined",
            (0..SAMPLES).map(|_| inlined.call(function, calls, bytes)).collect(),
        );
        if function == "scalar" {
            peer("direct core call", (0..SAMPLES).map(|_| plain.call("core", calls, 0)).collect());
            peer("host, dynamic Val", (0..SAMPLES).map(|_| plain.host()).collect());
        }
    }
    rows.push(compiling("compiling that graph", &composed));
    let large = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/components/rust/shrink.wasm");
    rows.extend(
        std::fs::read(large)
            .ok()
            .map(|bytes| compiling("compiling a large guest (shrink)", &bytes)),
    );
    rows
}

/// What inlining costs the compiler: without it, and with it as the peer.
fn compiling(what: &str, bytes: &[u8]) -> Row {
    let compile = |inlining: Inlining| {
        let mut config = wasmtime::Config::new();
        config.concurrency_support(false).compiler_inlining(inlining);
        let engine = Engine::new(&config).expect("an engine");
        let sample = || {
            let start = Instant::now();
            engine.precompile_component(bytes).expect("a component");
            start.elapsed().as_secs_f64() * 1e3
        };
        median((0..3).map(|_| sample()).collect())
    };
    let peer =
        Some(("the engine, across modules inlined".to_owned(), compile(Inlining::InterModule)));
    Row { what: what.to_owned(), ours: compile(Inlining::No), peer, unit: "ms" }
}
