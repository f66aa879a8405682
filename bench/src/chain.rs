//! Longer ways between guests: a call through five of them, and bytes by `stream<u8>` between two
//! of WASI 0.3.

use std::path::Path;

use forebay::graph::Graph;
use forebay::load::Program;

use crate::timed::{Peer, Timed, composed};
use crate::{Row, median};

const SAMPLES: usize = 7;
const CALLS: u32 = 2_000_000;
/// Pieces of 64 KiB.
const PIECES: u32 = 50_000;
const PIECE: f64 = 65_536.0;

/// Measures both.
pub fn measure() -> Vec<Row> {
    let mut rows = chain();
    rows.extend(bulk());
    rows
}

/// The caller and four guests, each of which calls the next one and adds 1.
fn five() -> Graph {
    let program =
        |name: &str, text: String| Program::recognise(name, text.into_bytes()).expect("a program");
    let caller = r#"(component
      (import "hop1" (func $hop (param "x" s32) (result s32)))
      (core func $hop (canon lower (func $hop)))
      (core module $m
        (import "x" "hop" (func $hop (param i32) (result i32)))
        (func (export "main") (param $n i32) (param $k i32) (result i32) (local $r i32)
          (loop $l (local.set $r (call $hop (local.get $r)))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) local.get $r))
      (core instance $i (instantiate $m (with "x" (instance (export "hop" (func $hop))))))
      (func (export "main") (param "n" u32) (param "k" u32) (result s32) (canon lift (core func $i "main"))))"#;
    let between = |number: u32| {
        format!(
            r#"(component
              (import "hop{}" (func $hop (param "x" s32) (result s32)))
              (core func $hop (canon lower (func $hop)))
              (core module $m
                (import "x" "hop" (func $hop (param i32) (result i32)))
                (func (export "hop") (param i32) (result i32) (i32.add (call $hop (local.get 0)) (i32.const 1))))
              (core instance $i (instantiate $m (with "x" (instance (export "hop" (func $hop))))))
              (func (export "hop{number}") (param "x" s32) (result s32) (canon lift (core func $i "hop"))))"#,
            number + 1
        )
    };
    let last = r#"(component
      (core module $m (func (export "hop") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
      (core instance $i (instantiate $m))
      (func (export "hop4") (param "x" s32) (result s32) (canon lift (core func $i "hop"))))"#;
    let graph = Graph::new().guest("caller", program("caller", caller.to_owned()));
    let graph = (1..4).fold(graph, |graph, number| {
        let name = format!("hop{number}");
        graph.guest(&name, program(&name, between(number)))
    });
    graph.guest("hop4", program("hop4", last.to_owned()))
}

fn chain() -> Vec<Row> {
    let timed = Timed::new(&five(), "main");
    let ours = median(
        (0..SAMPLES)
            .map(|_| timed.each(CALLS, |calls| vec![calls.to_string(), "0".into()]))
            .collect(),
    );
    let bytes = composed(&five());
    let peer = |name: &str, inlining| {
        let mut peer = Peer::new(&bytes, inlining);
        let samples = (0..SAMPLES).map(|_| peer.call("main", CALLS, 0)).collect();
        Row {
            what: "scalar through a chain of five guests".to_owned(),
            ours,
            peer: Some((name.to_owned(), median(samples))),
            unit: "ns",
        }
    };
    vec![
        peer("engine, nothing inlined", wasmtime::Inlining::No),
        peer("engine, across modules inlined", wasmtime::Inlining::InterModule),
    ]
}

/// The guests of `components/rust/pairs`, one of which writes what the other reads.
fn bulk() -> Vec<Row> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components/rust");
    let (Ok(caller), Ok(callee)) = (
        std::fs::read(built.join("caller-3-flow.wasm")),
        std::fs::read(built.join("callee-3.wasm")),
    ) else {
        eprintln!(
            "SKIPPED: streams between guests aren't measured: run components/setup rust and components/build"
        );
        return Vec::new();
    };
    let program = |name: &str, bytes: Vec<u8>| Program::recognise(name, bytes).expect("a program");
    let graph = Graph::new()
        .guest("caller", program("caller", caller))
        .guest("callee", program("callee", callee));
    let timed = Timed::new(&graph, "main");
    let each = median(
        (0..SAMPLES).map(|_| timed.each(PIECES, |pieces| vec![format!("bulk {pieces}")])).collect(),
    );
    let (from, mut to) = (vec![1u8; PIECE as usize], vec![0u8; PIECE as usize]);
    let start = std::time::Instant::now();
    for _ in 0..PIECES {
        to.copy_from_slice(std::hint::black_box(&from));
        std::hint::black_box(&mut to);
    }
    let copied = start.elapsed().as_nanos() as f64 / f64::from(PIECES);
    let speed = |nanoseconds: f64| PIECE / nanoseconds;
    vec![Row {
        what: "guest to guest, 64 KiB by stream<u8>, 0.3".to_owned(),
        ours: speed(each),
        peer: Some(("memcpy".to_owned(), speed(copied))),
        unit: "GB/s",
    }]
}
