//! Guests that other tools made: compositions by wac, components of JavaScript and Python.

use std::path::{Path, PathBuf};

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, plug};

use crate::matrix::plain;
use crate::run::{Ended, built, forebay};
use crate::scratch;

/// What `wac plug SOCKET --plug PLUG` writes.
fn plugged(folder: &tempfile::TempDir, socket: &Path, filling: &Path) -> PathBuf {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, path: &Path| {
        let bytes = wat::parse_file(path).unwrap();
        let package = Package::from_bytes(name, None, bytes, graph.types_mut()).unwrap();
        graph.register_package(package).unwrap()
    };
    let (filling, socket) = (register("a:plug", filling), register("a:socket", socket));
    plug(&mut graph, vec![filling], socket).unwrap();
    let path = folder.path().join("plugged.wasm");
    std::fs::write(&path, graph.encode(EncodeOptions::default()).unwrap()).unwrap();
    path
}

fn text(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/graph").join(name)
}

fn run(flags: &[&str], with: &Path, main: &Path, args: &[&str]) -> Ended {
    Ended::of(
        forebay()
            .arg("run")
            .args(flags)
            .arg("--with")
            .arg(with)
            .arg(main)
            .args(args)
            .output()
            .unwrap(),
    )
}

#[test]
fn a_composition_of_wacs_meets_an_import() {
    let folder = scratch();
    let plugged = plugged(&folder, &text("double.wat"), &text("mesh.wat"));
    run(&[], &plugged, &text("plain.wat"), &["5"]).prints("31\n");
}

#[test]
fn what_a_composition_of_wacs_lacks_is_met() {
    let folder = scratch();
    let plugged = plugged(&folder, &text("plain.wat"), &text("double.wat"));
    run(&[], &text("mesh.wat"), &plugged, &["5"]).prints("31\n");
    Ended::of(forebay().arg("check").arg(&plugged).output().unwrap())
        .fails(125, &["`plugged` imports `acme:mesh/route@0.1.0`, which nobody provides"]);
}

#[test]
fn a_composition_of_wacs_is_one_guest_with_grants_of_its_own() {
    let (folder, Some(probe)) = (scratch(), built("rust/probe")) else { return };
    let plugged = plugged(&folder, &text("front.wat"), &probe);
    // Without arguments it prints its usage on standard error.
    run(&[], &plugged, &text("front.wat"), &[]).fails(2, &[]);
    let grant = ["--grant", "plugged:--stderr=inherit"];
    run(&grant, &plugged, &text("front.wat"), &[]).fails(2, &["usage: probe"]);
}

#[test]
fn javascript_is_called() {
    plain("rust/caller-1", "js/callee");
}

#[test]
fn python_is_called() {
    plain("rust/caller-3", "python/callee");
}

#[test]
fn a_command_in_javascript_is_run_by_another_guest() {
    let Some(hello) = built("js/hello") else { return };
    run(&["--grant", "hello:--stdout=inherit"], &hello, &text("front.wat"), &[])
        .prints("hello, world!\n");
    run(&[], &hello, &text("front.wat"), &["ada"]).prints("");
}
