//! `cargo build --release && cargo run --release -p forebay-bench`: one table of our figures beside wasmtime's, measured in
//! turn in one run, as medians and ratios; with the argument `io`, files alone, with `guests`, calls between guests alone. The `wasmtime` on PATH is the peer; without it its columns say so.

mod call;
mod contender;
mod guests;
mod io;
mod library;
mod start;
mod stream;

use contender::Contender;

/// A line of the table: what was measured, ours, the peer's, in the same unit.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// Ours and its unit.
    pub ours: f64,
    /// The peer's name and figure, if it's there.
    pub peer: Option<(String, f64)>,
    /// The unit of both.
    pub unit: &'static str,
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ours = Contender::forebay(folder.path());
    let peer = Contender::wasmtime();
    let io_alone = std::env::args().any(|argument| argument == "io");
    let mut rows = Vec::new();
    let guests_alone = std::env::args().any(|argument| argument == "guests");
    rows.extend(guests_alone.then(guests::measure).into_iter().flatten());
    if !io_alone && !guests_alone {
        rows.extend(start::measure(&ours, peer.as_ref(), folder.path()));
        rows.extend(library::measure());
        rows.extend(stream::measure(&ours, peer.as_ref(), folder.path()));
        rows.extend(call::measure(&ours, peer.as_ref(), folder.path()));
        rows.extend(guests::measure());
    }
    if !guests_alone {
        rows.extend(io::measure(&ours, peer.as_ref(), folder.path()));
    }
    println!("{:<58} {:>12}   {:<44} {:>7}", "", "forebay", "peer, in the same run", "ratio");
    for row in rows {
        let ours = format!("{:.2} {}", row.ours, row.unit);
        match row.peer {
            Some((name, figure)) => {
                let peer = format!("{figure:.2} {} ({name})", row.unit);
                println!("{:<58} {ours:>12}   {peer:<44} {:>7.2}", row.what, row.ours / figure);
            }
            None => println!("{:<58} {ours:>12}   {:<44} {:>7}", row.what, "(no wasmtime on PATH, or no peer)", "-"),
        }
    }
}

/// The middle of the samples.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// A guest's source in the repository.
pub fn guest(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../components/wat").join(name)
}
