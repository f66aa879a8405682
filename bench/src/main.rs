//! `cargo build --release && cargo run --release -p forebay-bench`: one table of our figures beside
//! wasmtime's, measured in turn in one run, as medians and ratios; with `start`, `streams`, `call`,
//! `guests`, `many`, `isolate`, `io`, `echo`, `tasks` or `serve` as its argument, that alone. The `wasmtime` on PATH
//! is the peer; without it its columns say so.

mod call;
mod chain;
mod contender;
mod echo;
mod guests;
mod io;
mod isolate;
mod library;
mod many;
mod sidecar;
mod start;
mod serve;
mod stream;
mod tasks;
mod timed;

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
    let wanted: Option<String> = std::env::args().nth(1);
    let is_wanted = |part: &str| wanted.as_deref().is_none_or(|wanted| wanted == part);
    let mut rows = Vec::new();
    if is_wanted("start") {
        rows.extend(start::measure(&ours, peer.as_ref(), folder.path()));
        rows.extend(library::measure());
    }
    if is_wanted("streams") {
        rows.extend(stream::measure(&ours, peer.as_ref(), folder.path()));
    }
    if is_wanted("call") {
        rows.extend(call::measure(&ours, peer.as_ref(), folder.path()));
    }
    if is_wanted("guests") {
        let guests = guests::measure();
        let scalar = guests.iter().find(|row| row.what.ends_with("scalar")).map(|row| row.ours);
        rows.extend(guests);
        rows.extend(chain::measure());
        rows.extend(sidecar::measure(folder.path(), scalar));
    }
    if is_wanted("many") {
        rows.extend(many::measure());
    }
    if is_wanted("isolate") {
        rows.extend(isolate::measure());
    }
    if is_wanted("io") {
        rows.extend(io::measure(&ours, peer.as_ref(), folder.path()));
    }
    if is_wanted("echo") {
        rows.extend(echo::measure(&ours, folder.path()));
    }
    if is_wanted("tasks") {
        rows.extend(tasks::measure());
    }
    if is_wanted("serve") {
        rows.extend(serve::measure(&ours, peer.as_ref()));
    }
    println!("{:<58} {:>12}   {:<44} {:>7}", "", "forebay", "peer, in the same run", "ratio");
    for row in rows {
        let ours = format!("{:.2} {}", row.ours, row.unit);
        match row.peer {
            Some((name, figure)) => {
                let peer = format!("{figure:.2} {} ({name})", row.unit);
                let ratio = row.ours / figure;
                // What is far apart needs more digits.
                let digits = if ratio < 0.1 { 5 } else { 2 };
                println!("{:<58} {ours:>12}   {peer:<44} {ratio:>7.digits$}", row.what);
            }
            None => println!(
                "{:<58} {ours:>12}   {:<44} {:>7}",
                row.what, "(no wasmtime on PATH, or no peer)", "-"
            ),
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
