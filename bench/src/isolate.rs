//! The price of a store of one's own: calls into an isolated guest, runs of a command that stands
//! for a filter, a filter behind a file. The peer is the same call to a guest in the same store, a
//! run of the same command by the library, a file on a disk.

use std::time::Instant;

use forebay::capability::stdio::{Output, Stdio};
use forebay::config::Config;
use forebay::fs::{Mount, Mountable};
use forebay::graph::Graph;
use forebay::launch;
use forebay::load::Program;
use forebay::policy::{Allowance, Directory, Grants};
use forebay::runtime::Runtime;
use forebay::typed::{self, Destination};

use crate::{Row, guest, guests, median};

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

/// Opens a file, writes 20 bytes, reads what there is, and closes it, so often.
fn exchanges(times: u32) -> String {
    format!(
        r#"(module
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "f")
          (data (i32.const 16) "\20\00\00\00\14\00\00\00\00\04\00\00\00\01\00\00twenty bytes of text")
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func (export "_start") (local $n i32)
            (local.set $n (i32.const {times}))
            (loop $again
              (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)
                (i64.const 66) (i64.const 66) (i32.const 0) (i32.const 8)))
              (call $check (call $write (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 12)))
              (call $check (call $read (i32.load (i32.const 8)) (i32.const 24) (i32.const 1) (i32.const 12)))
              (call $check (call $close (i32.load (i32.const 8))))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#
    )
}

/// Nanoseconds an exchange with a typed filter behind a file, or with a file on a disk.
fn an_exchange(tokio: &tokio::runtime::Runtime, mounted: bool) -> f64 {
    let runtime =
        Runtime::new(Config { interruptible: false, ..Config::default() }).expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("f"), "").expect("a file");
    let upper = runtime.load_file_blocking(&guest("upper.wat")).expect("a program");
    let upper = upper.link(&Grants::default()).expect("a function");
    let upper = launch::as_file("upper", upper, Output::Nothing).expect("a filter");
    let run = |times: u32| {
        let program =
            runtime.load_blocking("exchanges", exchanges(times).into_bytes()).expect("a program");
        let linked = if mounted {
            let mount = Mount { path: "/svc/f".to_owned(), what: Mountable::File(upper.clone()) };
            program.mount(mount).link(&Grants::default())
        } else {
            let directory = Directory {
                host: folder.path().to_owned(),
                guest: "/svc".to_owned(),
                read_only: false,
            };
            program.link(&Grants { directories: vec![directory], ..Grants::default() })
        };
        let linked = linked.expect("a command");
        let start = Instant::now();
        let outcome = tokio.block_on(linked.run(&[], &Stdio::nothing())).expect("an outcome");
        assert_eq!(outcome.exit, forebay::run::Exit::Code(0), "{outcome:?}");
        start.elapsed().as_nanos() as f64
    };
    (run(2_001) - run(1)) / 2_000.0
}

/// Measures both.
pub fn measure() -> Vec<Row> {
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("an executor");
    let shared = guests::graph();
    let isolated = guests::graph()
        .confine("callee", Allowance { isolate: Some(true), ..Allowance::default() });
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
    let program = |name: &str, text: &str| {
        Program::recognise(name, text.as_bytes().to_vec()).expect("a program")
    };
    let filters = Graph::new()
        .guest("main", program("main", FILTERS))
        .guest("nothing", program("nothing", NOTHING));
    let ours = (0..SAMPLES).map(|_| a_call(&tokio, &filters, "main", 2_000, 0)).collect();
    let peer = Some(("that run by the library".to_owned(), a_run(&tokio)));
    rows.push(Row {
        what: "a legacy command for a filter, a call".to_owned(),
        ours: median(ours),
        peer,
        unit: "ns",
    });
    let peer = median((0..SAMPLES).map(|_| an_exchange(&tokio, false)).collect());
    let ours = median((0..SAMPLES).map(|_| an_exchange(&tokio, true)).collect());
    let peer = Some(("with a file on a disk".to_owned(), peer));
    rows.push(Row {
        what: "open, write, read, close: a mounted filter".to_owned(),
        ours,
        peer,
        unit: "ns",
    });
    rows
}

/// Nanoseconds a call: a long loop less a short one.
fn a_call(
    tokio: &tokio::runtime::Runtime,
    graph: &Graph,
    function: &str,
    calls: u32,
    bytes: u32,
) -> f64 {
    let config = Config { interruptible: false, ..Config::default() };
    let runtime = Runtime::new(config).expect("a runtime");
    let linked = runtime.load_graph_blocking(graph).expect("a graph");
    let linked = linked.link_function(&Grants::default(), function).expect("a function");
    let run = |calls: u32| {
        let words = [calls.to_string(), bytes.to_string()];
        let signature = linked.signature().expect("a function");
        let destination =
            Destination { location: None, format: typed::Format::Plain, append: false };
        let call = typed::arguments(signature, &words, destination).expect("arguments");
        let start = Instant::now();
        let outcome = tokio.block_on(linked.call(&call, &Stdio::nothing())).expect("an outcome");
        assert_eq!(outcome.exit, forebay::run::Exit::Code(0), "{outcome:?}");
        start.elapsed().as_nanos() as f64
    };
    let once = run(1);
    (run(calls) - once) / f64::from(calls)
}

/// Nanoseconds a run of the command.
fn a_run(tokio: &tokio::runtime::Runtime) -> f64 {
    let runtime =
        Runtime::new(Config { interruptible: false, ..Config::default() }).expect("a runtime");
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
