//! From the start of the process to the first byte of a hello.

use std::path::Path;

use forebay::config::{Adapter, Legacy};
use forebay::load::Program;

use crate::contender::Contender;
use crate::{Row, guest, median};

/// Samples of each, taken in turn.
const SAMPLES: usize = 41;

/// Measures cold and cached starts.
pub fn measure(ours: &Contender, peer: Option<&Contender>, folder: &Path) -> Vec<Row> {
    let hello = guest("hello.wat");
    let hello = hello.to_str().expect("a path of text");
    let cold = ["run", "--no-cache", hello];
    let cached = ["run", hello];
    ours.first_byte(&cached);

    // The peer's best: machine code that was made ahead of time, of the core module and of the same
    // component as ours.
    let bytes = std::fs::read(hello).expect("the guest's source");
    let program = Program::recognise(hello, bytes).expect("a program");
    let component =
        program.component(Adapter::Forebay, &Legacy::default()).expect("a component").component;
    let component_file = folder.join("hello.component.wasm");
    std::fs::write(&component_file, component).expect("a file");
    let code = |from: &str, name: &str| {
        let out = folder.join(name).to_str().expect("a path of text").to_owned();
        if let Some(peer) = peer {
            peer.whole(&["compile", from, "-o", &out]);
        }
        out
    };
    let module = code(hello, "module.cwasm");
    let component = code(component_file.to_str().expect("a path of text"), "component.cwasm");

    let mut samples: [Vec<f64>; 5] = Default::default();
    for _ in 0..SAMPLES {
        samples[0].push(ours.first_byte(&cold));
        samples[1].push(ours.first_byte(&cached));
        if let Some(peer) = peer {
            samples[2].push(peer.first_byte(&["run", "-C", "cache=n", hello]));
            samples[3].push(peer.first_byte(&["run", "--allow-precompiled", &module]));
            samples[4].push(peer.first_byte(&["run", "--allow-precompiled", &component]));
        }
    }
    let [cold, cached, peer_cold, peer_module, peer_component] = samples;
    let (cold, cached) = (median(cold), median(cached));
    let row = |what: &str, ours, name: &str, samples: Vec<f64>| Row {
        what: what.to_owned(),
        ours,
        peer: peer.map(|_| (name.to_owned(), median(samples))),
        unit: "ms",
    };
    vec![
        row("hello, first byte, compiled anew", cold, "core module, compiled anew", peer_cold),
        row("hello, first byte, cached", cached, "core module, precompiled", peer_module),
        row("hello, first byte, cached", cached, "same component, precompiled", peer_component),
    ]
}
