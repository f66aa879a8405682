//! 1 GiB from a file through a guest to a pipe or to nowhere: streams that the host opens, against
//! a command that opens the file itself, `cat`, and memory.

use std::path::{Path, PathBuf};

use crate::contender::Contender;
use crate::{Row, median};

/// Bytes that go through, a guest's chunk at a time.
const SIZE: usize = 1 << 30;
/// Samples of each, taken in turn.
const SAMPLES: usize = 9;

/// Measures throughput, if the guests were built.
pub fn measure(ours: &Contender, peer: Option<&Contender>, folder: &Path) -> Vec<Row> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components/rust");
    let text = |path: PathBuf| path.to_str().expect("a path of text").to_owned();
    let (second, third) = (text(built.join("capitals.wasm")), text(built.join("upper.wasm")));
    if !built.join("capitals.wasm").exists() || !built.join("upper.wasm").exists() {
        eprintln!("streams aren't measured: run components/setup rust and components/build");
        return Vec::new();
    }
    let input = text(folder.join("input"));
    // Text, so that what is written can be seen to be right; and it's read once, so that the file
    // is in memory.
    std::fs::write(&input, b"all work and no play makes jack ".repeat(SIZE / 32))
        .expect("room for 1 GiB");
    let dir = format!("{}::.", folder.display());
    let ways: [(&str, Vec<&str>); 3] = [
        ("0.2 streams", vec!["call", &second, "filter.apply", &input]),
        ("0.3 stream<u8>", vec!["run", &third, &input]),
        ("command, 0.2 files", vec!["run", "--dir", &dir, &second, "input"]),
    ];
    let own = text(folder.to_owned());
    let peer_way = ["run", "--dir", &own, &second, "input"];
    let cat = Contender::named("cat").expect("cat is everywhere");

    let mut samples: [Vec<f64>; 5] = Default::default();
    let mut piped: [Vec<f64>; 3] = Default::default();
    for (_, way) in &ways {
        ours.whole(way);
    }
    for _ in 0..SAMPLES {
        for (index, (_, way)) in ways.iter().enumerate() {
            samples[index].push(ours.whole(way));
        }
        if let Some(peer) = peer {
            samples[3].push(peer.whole(&peer_way));
        }
        samples[4].push(copy());
        piped[0].push(ours.drained(&ways[0].1));
        piped[1].push(ours.drained(&ways[1].1));
        piped[2].push(cat.drained(&[&input]));
    }
    let speed = |samples: &[f64]| SIZE as f64 / 1e6 / median(samples.to_vec());
    let memory = speed(&samples[4]);
    let mut rows = Vec::new();
    let mut row = |what: String, ours: f64, name: &str, peer: f64| {
        rows.push(Row { what, ours, peer: Some((name.to_owned(), peer)), unit: "GB/s" });
    };
    for (index, (name, _)) in ways.iter().enumerate() {
        if peer.is_some() {
            row(
                format!("1 GiB file to nowhere, {name}"),
                speed(&samples[index]),
                "command, wasmtime run",
                speed(&samples[3]),
            );
        }
    }
    row("1 GiB file to nowhere, 0.3 stream<u8>".into(), speed(&samples[1]), "memcpy", memory);
    row("1 GiB file to a pipe, 0.2 streams".into(), speed(&piped[0]), "cat", speed(&piped[2]));
    row("1 GiB file to a pipe, 0.3 stream<u8>".into(), speed(&piped[1]), "cat", speed(&piped[2]));
    rows
}

/// Milliseconds to copy 1 GiB in memory, in pieces of 64 KiB that stay in the cache on one side.
fn copy() -> f64 {
    let (from, mut to) = (vec![1u8; SIZE / 16], vec![0u8; 64 << 10]);
    let start = std::time::Instant::now();
    for _ in 0..16 {
        for piece in from.chunks(to.len()) {
            to[..piece.len()].copy_from_slice(piece);
            std::hint::black_box(&mut to);
        }
    }
    start.elapsed().as_secs_f64() * 1e3
}
