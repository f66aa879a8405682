//! A graph of many guests: how long linking, composing and compiling it take, how long the first
//! call, and how much memory a guest has.

use std::time::Instant;

use forebay::capability::stdio::Stdio;
use forebay::config::{Adapter, Config, Legacy};
use forebay::graph::{Graph, compose};
use forebay::load::Program;
use forebay::policy::Grants;
use forebay::runtime::Runtime;
use forebay::typed::{self, Destination};

use crate::Row;

const GUESTS: u32 = 1_000;

/// Measures a graph of a hundred and one of a thousand, so that it's seen how it grows.
pub fn measure() -> Vec<Row> {
    [GUESTS / 10, GUESTS].into_iter().flat_map(of).collect()
}

/// Guests in a row, each with a memory, a table and a function that calls the next one's.
fn graph(count: u32) -> Graph {
    let guest = |number: u32| {
        let next = number + 1;
        let (import, lower, call, with) = match next < count {
            true => (
                format!(
                    r#"(import "acme:row/hop{next}@0.1.0" (instance $n (export "hop" (func (param "x" u32) (result u32)))))"#
                ),
                r#"(core func $hop (canon lower (func $n "hop")))"#,
                r#"(import "n" "hop" (func $hop (param i32) (result i32)))"#,
                r#"(with "n" (instance (export "hop" (func $hop))))"#,
            ),
            false => (String::new(), "", "", ""),
        };
        let hop = if next < count { "(call $hop (local.get 0))" } else { "(local.get 0)" };
        let text = format!(
            r#"(component {import} {lower}
              (core module $m {call} (memory (export "memory") 2) (table 8 funcref)
                (func (export "hop") (param i32) (result i32) (i32.store (i32.const 0) (local.get 0))
                  (i32.add {hop} (i32.const 1))))
              (core instance $i (instantiate $m {with}))
              (func $hop-own (param "x" u32) (result u32) (canon lift (core func $i "hop")))
              (instance $own (export "hop" (func $hop-own)))
              (export "acme:row/hop{number}@0.1.0" (instance $own)))"#
        );
        Program::recognise(&format!("hop{number}"), text.into_bytes()).expect("a program")
    };
    (0..count)
        .fold(Graph::new(), |graph, number| graph.guest(&format!("hop{number}"), guest(number)))
}

fn of(count: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |what: &str, ours: f64, unit: &'static str| {
        rows.push(Row { what: format!("{count} guests, {what}"), ours, peer: None, unit });
    };
    let graph = graph(count);
    let start = Instant::now();
    let linked = graph.link(Adapter::default(), &Legacy::default()).expect("guests that fit");
    row("linking", start.elapsed().as_secs_f64() * 1e3, "ms");
    let start = Instant::now();
    compose(&linked).expect("a composition");
    row("composing", start.elapsed().as_secs_f64() * 1e3, "ms");
    let runtime =
        Runtime::new(Config { interruptible: false, ..Config::default() }).expect("a runtime");
    let start = Instant::now();
    let loaded = runtime.load_graph_blocking(&graph).expect("a graph");
    row("all of it, with compiling", start.elapsed().as_secs_f64() * 1e3, "ms");
    let linked = loaded.link(&Grants::default()).expect("a function");
    let executor =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an executor");
    let destination = Destination { location: None, format: typed::Format::Plain, append: false };
    let call =
        typed::arguments(linked.signature().expect("a function"), &["1".to_owned()], destination)
            .expect("words");
    let before = resident();
    let start = Instant::now();
    executor.block_on(linked.call(&call, &Stdio::nothing())).expect("an outcome");
    row("a call through all, in a new store", start.elapsed().as_secs_f64() * 1e3, "ms");
    let most = peak().saturating_sub(before);
    row("memory a guest while it runs", most as f64 / f64::from(count), "KiB");
    rows
}

/// A line of this process's status, in KiB; 0 where there is none.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn resident() -> u64 {
    // The peak is counted anew from here.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}
