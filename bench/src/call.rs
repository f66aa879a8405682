//! The price of a call from a preview-1 guest to the host: `clock_time_get`, a million times.

use std::path::Path;

use forebay::config::{Adapter, Legacy};
use forebay::load::Program;

use crate::contender::Contender;
use crate::{Row, median};

const CALLS: usize = 1_000_000;
const SAMPLES: usize = 7;

/// Measures the guest with and without the calls, and divides.
pub fn measure(ours: &Contender, peer: Option<&Contender>, folder: &Path) -> Vec<Row> {
    let guest = |calls: usize| {
        let text = format!(
            r#"(module
              (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "_start") (local $left i32)
                (local.set $left (i32.const {calls}))
                (loop $again
                  (drop (call $time (i32.const 1) (i64.const 0) (i32.const 8)))
                  (br_if $again (i32.gt_s (local.tee $left (i32.sub (local.get $left) (i32.const 1))) (i32.const 0))))))"#
        );
        let name = folder.join(format!("clock{calls}.wat"));
        std::fs::write(&name, &text).expect("a file");
        let program = Program::recognise("clock", text.into_bytes()).expect("a program");
        let component = program
            .component(Adapter::Official, &Legacy::default())
            .expect("a component")
            .component;
        let component_name = folder.join(format!("clock{calls}.wasm"));
        std::fs::write(&component_name, component).expect("a file");
        let text = |path: std::path::PathBuf| path.to_str().expect("a path of text").to_owned();
        (text(name), text(component_name))
    };
    let (many, many_component) = guest(CALLS);
    let (one, one_component) = guest(1);
    let mut samples: [Vec<f64>; 4] = Default::default();
    let ns = |many: f64, one: f64| (many - one) * 1e6 / CALLS as f64;
    ours.whole(&["run", &many]);
    for _ in 0..SAMPLES {
        samples[0].push(ns(ours.whole(&["run", &many]), ours.whole(&["run", &one])));
        samples[1].push(ns(
            ours.whole(&["run", "--adapter", "official", &many]),
            ours.whole(&["run", "--adapter", "official", &one]),
        ));
        if let Some(peer) = peer {
            samples[2].push(ns(peer.whole(&["run", &many]), peer.whole(&["run", &one])));
            samples[3].push(ns(
                peer.whole(&["run", &many_component]),
                peer.whole(&["run", &one_component]),
            ));
        }
    }
    let [ours, official, native, component] = samples;
    let (ours, official) = (median(ours), median(official));
    let row = |what: &str, ours, name: &str, samples: Vec<f64>| Row {
        what: what.to_owned(),
        ours,
        peer: peer.map(|_| (name.to_owned(), median(samples))),
        unit: "ns",
    };
    vec![
        row("host call (clock_time_get), our adapter", ours, "native preview 1", native),
        row(
            "host call (clock_time_get), official adapter",
            official,
            "official adapter",
            component,
        ),
    ]
}
