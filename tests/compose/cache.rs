//! A graph is composed and compiled once.

use std::path::Path;

use crate::run::{Ended, forebay};
use crate::scratch;

fn entries(folder: &Path) -> usize {
    let count = |entry: std::fs::DirEntry| match entry.file_type().unwrap().is_dir() {
        true => entries(&entry.path()),
        false => 1,
    };
    std::fs::read_dir(folder).map_or(0, |entries| entries.map(|entry| count(entry.unwrap())).sum())
}

#[test]
fn a_second_run_finds_the_first_ones_code_and_other_links_make_other_code() {
    let folder = scratch();
    let run = |words: &[&str]| {
        let guests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");
        let mut command = forebay();
        command.current_dir(guests).env("XDG_CACHE_HOME", folder.path()).args(words);
        Ended::of(command.output().unwrap())
    };
    run(&["run", "--with", "mesh.wat", "app.wat", "5"]).prints("16\n");
    let first = entries(folder.path());
    assert!(first > 0);
    run(&["run", "--with", "mesh.wat", "app.wat", "6"]).prints("19\n");
    // Grants are no part of what is compiled.
    run(&["run", "--with", "mesh.wat", "--grant", "mesh:--env=A=b", "--env", "B=c", "app.wat", "5"]).prints("16\n");
    assert_eq!(entries(folder.path()), first);
    run(&["run", "--with", "acme:mesh/route=mesh.wat", "app.wat", "5"]).prints("16\n");
    assert!(entries(folder.path()) > first);
}
