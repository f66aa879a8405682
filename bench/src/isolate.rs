//! The price of a store of one's own: calls into an isolated guest, and runs of a command that stands for a filter. The peer is
//! the same call to a guest in the same store, and a run of the same command by the library.

use std::time::Instant;

use forebay::capability::stdio::Stdio;
use forebay::config::Config;
use forebay::graph::Graph;
use forebay::load::Program;
use forebay::policy::{Allowance, Grants};
use forebay::runtime::Runtime;
use forebay::typed::{self, Destination};

use crate::{Row, guests, median};

const SAMPLES: usize = 7;
const CALLS: u32 = 20_000;

/// A preview-1 command that ends at once.
const NOTHING: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

/// Applies a filter to its standard streams, so often.
const FILTERS: &str = r#"(component
  (import "wasi:io/streams@0.2.12" (instance $streams
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type $output (sub resource)))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:cli/stdin@0.2.12" (instance $stdin
    (alias outer 1 $input (type $i)) (export "input-stream" (type $input (eq $i)))
    (export "get-stdin" (func (result (own $input))))))
  (import "wasi:cli/stdout@0.2.12" (instance $stdout
    (alias outer 1 $output (type $o)) (export "output-stream" (type $output (eq $o)))
    (export "get-stdout" (func (result (own $output))))))
  (import "forebay:stream/filter@0.1.0" (instance $filter
    (alias outer 1 $input (type $i)) (export "input-stream" (type $input (eq $i)))
    (alias outer 1 $output (type $o)) (export "output-stream" (type $output (eq $o)))
    (export "apply" (func (param "input" (own $input)) (param "output" (own $output)) (result (result (error string)))))))
  (core module $heap
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $h (instantiate $heap))
  (core func $in (canon lower (func $stdin "get-stdin")))
  (core func $out (canon lower (func $stdout "get-stdout")))
  (core func $apply (canon lower (func $filter "apply") (memory $h "memory") (realloc (func $h "realloc"))))
  (core module $m
    (import "x" "in" (func $in (result i32)))
    (import "x" "out" (func $out (result i32)))
    (import "x" "apply" (func $apply (param i32 i32 i32)))
    (func (export "main") (param $n i32) (param i32) (result i32)
      (loop $l (call $apply (call $in) (call $out) (i32.const 16))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.const 0)))
  (core instance $i (instantiate $m (with "x" (instance
    (export "in" (func $in)) (export "out" (func $out)) (export "apply" (func $apply))))))
  (func (export "main") (param "n" u32) (param "k" u32) (result s32) (canon lift (core func $i "main"))))"#;

/// Measures both.
pub fn measure() -> Vec<Row> {
    let tokio =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("an executor");
    let shared = guests::graph();
    let isolated = guests::graph().confine("callee", Allowance { isolate: Some(true), ..Allowance::default() });
    let mut rows = Vec::new();
    for (what, function, bytes) in [
        ("to an isolated guest, scalar", "scalar", 0),
        ("to an isolated guest, string of 20 B", "strings", 20),
        ("to an isolated guest, string of 64 KiB", "strings", 65_536),
    ] {
        let [mut ours, mut peer] = [Vec::new(), Vec::new()];
        for _ in 0..SAMPLES {
            ours.push(a_call(&tokio, &isolated, function, CALLS, bytes));
            peer.push(a_call(&tokio, &shared, function, CALLS * 10, bytes));
        }
        let peer = Some(("to one in the same store".to_owned(), median(peer)));
        rows.push(Row { what: what.to_owned(), ours: median(ours), peer, unit: "ns" });
    }
    let program = |name: &str, text: &str| Program::recognise(name, text.as_bytes().to_vec()).expect("a program");
    let filters = Graph::new().guest("main", program("main", FILTERS)).guest("nothing", program("nothing", NOTHING));
    let ours = (0..SAMPLES).map(|_| a_call(&tokio, &filters, "main", 2_000, 0)).collect();
    let peer = Some(("that run by the library".to_owned(), a_run(&tokio)));
    rows.push(Row { what: "a legacy command for a filter, a call".to_owned(), ours: median(ours), peer, unit: "ns" });
    rows
}

/// Nanoseconds a call: a long loop less a short one.
fn a_call(tokio: &tokio::runtime::Runtime, graph: &Graph, function: &str, calls: u32, bytes: u32) -> f64 {
    let config = Config { interruptible: false, ..Config::default() };
    let runtime = Runtime::new(config).expect("a runtime");
    let linked = runtime.load_graph_blocking(graph).expect("a graph");
    let linked = linked.link_function(&Grants::default(), function).expect("a function");
    let run = |calls: u32| {
        let words = [calls.to_string(), bytes.to_string()];
        let signature = linked.signature().expect("a function");
        let destination = Destination { location: None, format: typed::Format::Plain, append: false };
        let call = typed::arguments(signature, &words, destination).expect("arguments");
        let start = Instant::now();
        let outcome = tokio.block_on(linked.call(&call, &Stdio::nothing())).expect("an outcome");
        assert_eq!(outcome.exit, forebay::invoke::Exit::Code(0), "{outcome:?}");
        start.elapsed().as_nanos() as f64
    };
    let once = run(1);
    (run(calls) - once) / f64::from(calls)
}

/// Nanoseconds a run of the command.
fn a_run(tokio: &tokio::runtime::Runtime) -> f64 {
    let runtime = Runtime::new(Config { interruptible: false, ..Config::default() }).expect("a runtime");
    let loaded = runtime.load_blocking("nothing", NOTHING.as_bytes().to_vec()).expect("a program");
    let linked = loaded.link(&Grants::default()).expect("a command");
    let sample = || {
        let start = Instant::now();
        for _ in 0..1000 {
            tokio.block_on(linked.run(&[], &Stdio::nothing())).expect("an outcome");
        }
        start.elapsed().as_nanos() as f64 / 1000.0
    };
    median((0..SAMPLES).map(|_| sample()).collect())
}
