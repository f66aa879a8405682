//! Several guests in one process, through the binary: who is linked to whom, what each is granted,
//! manifests, compositions.

mod blocked;
mod cache;
mod ceiling;
mod command;
mod crossing;
mod edges;
mod embed;
mod files;
mod foreign;
mod grants;
mod isolate;
mod large;
mod legacy;
mod limited;
mod links;
mod manifest;
mod mounts;
mod matrix;
mod random;
mod sidecar;
mod wac;

use support::places::scratch;
use support::run;
use support::run::{Ended, forebay};

/// Runs `forebay WORDS` in the folder of the graph's guests.
fn graph(words: &[&str]) -> Ended {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");
    Ended::of(forebay().current_dir(folder).args(words).output().unwrap())
}
