//! The price of a call from guest to guest: the caller calls in a loop of its own, and the loop's time is divided.
//!
//! `forebay` is our runtime, with the graph composed by us. The peers run the same composition on engines of their own: without and
//! with inlining; a direct call between two core modules; and a call from the host through dynamic values.

use std::time::Instant;

use forebay::capability::stdio::Stdio;
use forebay::config::{Adapter, Config, Legacy};
use forebay::graph::{Graph, compose};
use forebay::load::Program;
use forebay::policy::Grants;
use forebay::runtime::Runtime;
use forebay::typed::{self, Destination};
use wasmtime::component::{Component, Linker, Val};
use wasmtime::{Engine, Inlining, Store};

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
    ("guest to guest, string of 64 KiB", "strings", 2_000, 65_536),
    ("guest to guest, list<u8> of 64 KiB", "lists", 500, 65_536),
];

pub fn graph() -> Graph {
    let program = |name: &str, text: &str| Program::recognise(name, text.as_bytes().to_vec()).expect("a program");
    Graph::new().guest("caller", program("caller", CALLER)).guest("callee", program("callee", CALLEE))
}

/// Measures calls on our runtime and on the peers' engines.
pub fn measure() -> Vec<Row> {
    let linked = graph().link(Adapter::default(), &Legacy::default()).expect("guests that fit");
    let composed = compose(&linked).expect("a composition");
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an executor");
    let mut plain = Peer::new(&tokio, &composed, Inlining::No);
    let mut inlined = Peer::new(&tokio, &composed, Inlining::InterModule);
    let mut rows = Vec::new();
    for &(what, function, calls, bytes) in CASES {
        let ours = median((0..SAMPLES).map(|_| ours(&tokio, function, calls, bytes)).collect());
        let mut peer = |name: &str, samples: Vec<f64>| {
            let peer = Some((name.to_owned(), median(samples)));
            rows.push(Row { what: what.to_owned(), ours, peer, unit: "ns" });
        };
        peer("engine, nothing inlined", (0..SAMPLES).map(|_| plain.call(&tokio, function, calls, bytes)).collect());
        peer(
            "engine, across modules inlined",
            (0..SAMPLES).map(|_| inlined.call(&tokio, function, calls, bytes)).collect(),
        );
        if function == "scalar" {
            peer("direct core call", (0..SAMPLES).map(|_| plain.call(&tokio, "core", calls, 0)).collect());
            peer("host, dynamic Val", (0..SAMPLES).map(|_| plain.host(&tokio)).collect());
        }
    }
    rows.push(compiling("compiling that graph", &composed));
    let large = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components/rust/shrink.wasm");
    rows.extend(std::fs::read(large).ok().map(|bytes| compiling("compiling a large guest (shrink)", &bytes)));
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
    let peer = Some(("the engine, across modules inlined".to_owned(), compile(Inlining::InterModule)));
    Row { what: what.to_owned(), ours: compile(Inlining::No), peer, unit: "ms" }
}

/// Nanoseconds a call in our runtime: a long loop less a short one.
fn ours(tokio: &tokio::runtime::Runtime, function: &str, calls: u32, bytes: u32) -> f64 {
    let config = Config { interruptible: false, ..Config::default() };
    let runtime = Runtime::new(config).expect("a runtime");
    let linked = runtime.load_graph_blocking(&graph()).expect("a graph");
    let linked = linked.link_function(&Grants::default(), function).expect("a function");
    let run = |calls: u32| {
        let words = [calls.to_string(), bytes.to_string()];
        let signature = linked.signature().expect("a function");
        let destination = Destination { location: None, format: typed::Format::Plain, append: false };
        let call = typed::arguments(signature, &words, destination).expect("arguments");
        let start = Instant::now();
        tokio.block_on(linked.call(&call, &Stdio::nothing())).expect("an outcome");
        start.elapsed().as_nanos() as f64
    };
    let once = run(1);
    (run(calls) - once) / f64::from(calls)
}

/// The composition on an engine of its own.
struct Peer {
    store: Store<()>,
    instance: wasmtime::component::Instance,
}

impl Peer {
    fn new(tokio: &tokio::runtime::Runtime, bytes: &[u8], inlining: Inlining) -> Peer {
        let mut config = wasmtime::Config::new();
        config.concurrency_support(false).compiler_inlining(inlining);
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::new(&engine, bytes).expect("a component");
        let mut store = Store::new(&engine, ());
        let instance =
            tokio.block_on(Linker::new(&engine).instantiate_async(&mut store, &component)).expect("an instance");
        Peer { store, instance }
    }

    fn call(&mut self, tokio: &tokio::runtime::Runtime, function: &str, calls: u32, bytes: u32) -> f64 {
        let function =
            self.instance.get_typed_func::<(u32, u32), (i32,)>(&mut self.store, function).expect("a function");
        let start = Instant::now();
        tokio.block_on(function.call_async(&mut self.store, (calls, bytes))).expect("a result");
        start.elapsed().as_nanos() as f64 / f64::from(calls)
    }

    fn host(&mut self, tokio: &tokio::runtime::Runtime) -> f64 {
        const CALLS: u32 = 20_000;
        let function = self.instance.get_func(&mut self.store, "core").expect("a function");
        let mut results = [Val::S32(0)];
        let start = Instant::now();
        for _ in 0..CALLS {
            let arguments = [Val::U32(1), Val::U32(2)];
            tokio.block_on(function.call_async(&mut self.store, &arguments, &mut results)).expect("a result");
        }
        start.elapsed().as_nanos() as f64 / f64::from(CALLS)
    }
}
