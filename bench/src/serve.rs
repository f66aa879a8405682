//! Requests a second, and the slowest of a hundred: `forebay serve` beside `wasmtime serve` at its
//! best flags, each with `wrk` beside it. The guests are those of `components/rust`; without them, or
//! without `wrk`, there is no row.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Row;
use crate::contender::{Contender, on_path};

/// Rounds of each, in turn; the best one counts.
const ROUNDS: usize = 2;
/// What a round is: connections, and seconds.
const LOAD: [&str; 4] = ["-t1", "-c16", "-d5s", "--latency"];

/// The peer's flags that were found to serve it best.
const BEST: [&str; 2] = [
    "-Opooling-pagemap-scan=auto,pooling-memory-keep-resident=1048576,pooling-table-keep-resident=65536",
    "-Scli",
];

/// What is compared: a name, a guest, our flags, the peer's.
const CASES: [(&str, &str, &[&str], &[&str]); 4] = [
    ("0.2, fresh instances", "answers", &[], &[]),
    ("0.3, fresh instances", "answers3", &[], &["--max-instance-reuse-count", "1"]),
    ("0.2, reused", "answers", &["--reuse", "128"], &["--max-instance-reuse-count", "128"]),
    ("0.3, reused", "answers3", &["--reuse", "128"], &["--max-instance-reuse-count", "128"]),
];

/// What a load generator saw.
#[derive(Clone, Copy)]
struct Seen {
    /// Requests a second.
    rate: f64,
    /// The 99th of a hundred, in milliseconds.
    slow: f64,
}

/// Measures both.
pub fn measure(ours: &Contender, peer: Option<&Contender>) -> Vec<Row> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components/rust");
    let Some(wrk) = on_path("wrk") else { return Vec::new() };
    let mut rows = Vec::new();
    for (name, guest, own, others) in CASES {
        let guest = root.join(guest).with_extension("wasm");
        if !guest.exists() {
            continue;
        }
        let guest = guest.to_str().expect("a path of text");
        let mine = [&["serve", "--http", "127.0.0.1:0"][..], own, &[guest]].concat();
        let common = ["serve", "--addr", "127.0.0.1:0", "-Sp3", "-Wcomponent-model-async"];
        let theirs = [&common[..], &BEST, others, &[guest]].concat();

        let (mut best, mut best_peer) = (None, None);
        for _ in 0..ROUNDS {
            best = better(best, load(ours, &mine, &wrk));
            best_peer = better(best_peer, peer.and_then(|peer| load(peer, &theirs, &wrk)));
        }
        let Some(best) = best else { continue };
        let row = |what, of: fn(&Seen) -> f64, unit| Row {
            what: format!("serve, wasi:http {name}: {what}"),
            ours: of(&best),
            peer: best_peer.map(|seen| ("wasmtime serve".to_owned(), of(&seen))),
            unit,
        };
        rows.push(row("requests", |seen| seen.rate, "/s"));
        rows.push(row("p99", |seen| seen.slow, "ms"));
    }
    rows
}

fn better(one: Option<Seen>, other: Option<Seen>) -> Option<Seen> {
    [one, other].into_iter().flatten().max_by(|one, other| one.rate.total_cmp(&other.rate))
}

/// Starts a server, has it loaded, and ends it.
fn load(server: &Contender, args: &[&str], wrk: &Path) -> Option<Seen> {
    let mut command = server.command(args);
    command.env_remove("RUST_BACKTRACE").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let seen = url(&mut child).and_then(|url| {
        let output = Command::new(wrk).args(LOAD).arg(url).output().ok()?;
        read(&String::from_utf8_lossy(&output.stdout))
    });
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    seen
}

/// Where a server says that it listens.
fn url(child: &mut Child) -> Option<String> {
    let lines = BufReader::new(child.stderr.take()?).lines();
    let line = lines.map_while(Result::ok).find(|line| line.contains("http://"))?;
    let start = line.find("http://")?;
    Some(line[start..].split_whitespace().next()?.to_owned())
}

fn read(text: &str) -> Option<Seen> {
    let field = |name: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(name))?;
        Some(line.split_whitespace().last()?.to_owned())
    };
    let rate = field("Requests/sec:")?.parse().ok()?;
    let slow = field("99%")?;
    let slow = match slow.strip_suffix("us") {
        Some(number) => number.parse::<f64>().ok()? / 1e3,
        None => match slow.strip_suffix("ms") {
            Some(number) => number.parse().ok()?,
            None => slow.strip_suffix('s')?.parse::<f64>().ok()? * 1e3,
        },
    };
    Some(Seen { rate, slow })
}
