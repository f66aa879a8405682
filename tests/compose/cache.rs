//! A graph is composed and compiled once.

use std::path::Path;

use crate::run::{Ended, forebay};
use crate::scratch;

fn with_cache(folder: &Path, words: &[&str]) -> Ended {
    let guests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");
    let mut command = forebay();
    command.current_dir(guests).env("XDG_CACHE_HOME", folder).args(words);
    Ended::of(command.output().unwrap())
}

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
    let run = |words: &[&str]| with_cache(folder.path(), words);
    run(&["run", "--with", "mesh.wat", "app.wat", "5"]).prints("16\n");
    let first = entries(folder.path());
    assert!(first > 0);
    run(&["run", "--with", "mesh.wat", "app.wat", "6"]).prints("19\n");
    // Grants are no part of what is compiled.
    run(&[
        "run",
        "--with",
        "mesh.wat",
        "--grant",
        "mesh:--env=A=b",
        "--env",
        "B=c",
        "app.wat",
        "5",
    ])
    .prints("16\n");
    assert_eq!(entries(folder.path()), first);
    run(&["run", "--with", "acme:mesh/route=mesh.wat", "app.wat", "5"]).prints("16\n");
    assert!(entries(folder.path()) > first);
}

#[test]
fn a_graph_in_several_stores_is_linked_and_compiled_once_too() {
    let folder = scratch();
    let run = |more: &[&str]| {
        with_cache(
            folder.path(),
            &[&["run", "--with", "mesh.wat"], more, &["app.wat", "5"]].concat(),
        )
    };
    run(&["--grant=mesh:--isolate"]).prints("16\n");
    let first = entries(folder.path());
    // Neither limits nor grants are part of what is compiled.
    run(&["--grant=mesh:--call-timeout=5s", "--grant=mesh:--env=A=b"]).prints("16\n");
    assert_eq!(entries(folder.path()), first);
    // In one store it's other code.
    run(&[]).prints("16\n");
    assert!(entries(folder.path()) > first);
}

#[test]
fn what_is_cached_keeps_no_limit_from_being_refused() {
    let folder = scratch();
    let manifest = |limits: &str| {
        let guests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");
        let text = format!(
            "main = \"app\"\n[guest.app]\nsource = \"{guests}/app.wat\"\n[guest.mesh]\nsource = \"{guests}/mesh.wat\"\n{limits}"
        );
        let path = folder.path().join("forebay.toml");
        std::fs::write(&path, text).unwrap();
        with_cache(folder.path(), &["run", path.to_str().unwrap(), "5"])
    };
    manifest("").prints("16\n");
    manifest("isolate = false\nlimits = { handles = 5 }")
        .fails(2, &["`mesh` has `limits.handles`, but isn't isolated"]);
}
