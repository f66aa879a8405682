//! Graphs from a manifest.

use crate::run::{Ended, forebay};
use crate::scratch;

const GUESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");

/// Runs `forebay COMMAND forebay.toml WORDS` with this manifest, in which `DIR` is the folder of
/// the guests.
pub fn with(text: &str, command: &str, words: &[&str]) -> Ended {
    let folder = scratch();
    let path = folder.path().join("forebay.toml");
    std::fs::write(&path, text.replace("DIR", GUESTS)).unwrap();
    Ended::of(
        forebay()
            .arg(command)
            .arg("forebay.toml")
            .args(words)
            .current_dir(folder.path())
            .output()
            .unwrap(),
    )
}

const GRAPH: &str = r#"
    main = "app"
    [guest.app]
    source = "DIR/app.wat"
    [guest.mesh]
    source = "DIR/mesh.wat"
"#;

#[test]
fn a_manifest_runs_is_called_checked_inspected_and_composed() {
    with(GRAPH, "run", &["5"]).prints("16\n");
    with(GRAPH, "call", &["main", "6"]).prints("19\n");
    with(GRAPH, "check", &[]).prints("fits: guests 2, links between them 1\n");
    assert!(with(GRAPH, "inspect", &[]).stdout.contains("main: func(x: u32) -> u32"));
    with(GRAPH, "compose", &["-o", "out.wasm"]).prints("");
}

#[test]
fn a_main_guests_arguments_come_before_those_of_the_command_line() {
    let fixed = GRAPH.replace("[guest.mesh]", "args = [\"5\"]\n[guest.mesh]");
    with(&fixed, "run", &[]).prints("16\n");
}

#[test]
fn a_link_chooses_among_providers() {
    let two = format!("{GRAPH}\n[guest.other]\nsource = \"DIR/mistyped.wat\"");
    with(&two, "run", &["5"]).fails(125, &["exports come from `mesh` and `other`"]);
    let chosen = format!("{two}\n[link]\n\"app:acme:mesh/route\" = \"other\"");
    with(&chosen, "run", &["5"]).fails(125, &["`other` exports it as `func(x: u64) -> u32`"]);
    let nobody = format!("{GRAPH}\n[link]\n\"app:acme:mesh/route\" = \"mess\"");
    with(&nobody, "run", &["5"])
        .fails(125, &["the guest `mess`, which isn't there; is it `mesh`?"]);
}

#[test]
fn what_cant_be_read_is_refused_all_at_once() {
    let wrong = GRAPH.replace(
        "[guest.mesh]",
        "isolat = true\nlimits = { memry = \"1MiB\" }\nenvv = {}\n[guest.mesh]",
    );
    with(&wrong, "run", &[]).fails(
        2,
        &[
            "`guest.app.isolat`: there is no such key; is it `isolate`?",
            "`guest.app.limits.memry`: there is no such key; is it `memory`?",
            "`guest.app.envv`: there is no such key; is it `env`?",
        ],
    );
    with("main = ", "run", &[]).fails(2, &["is not a manifest"]);
    with(&GRAPH.replace("mesh.wat", "gone.wat"), "run", &[]).fails(127, &["gone.wat"]);
}

#[test]
fn values_deep_inside_each_other_are_refused() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    for text in [
        format!("x = {}", deep("[", "]")),
        format!("x = {}", deep("{a=", "}")),
        format!("[{}a]", "a.".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
    ] {
        with(&text, "run", &[]).fails(2, &["is not a manifest"]);
        let folder = scratch();
        std::fs::write(folder.path().join("most.toml"), &text).unwrap();
        std::fs::write(folder.path().join("forebay.toml"), GRAPH.replace("DIR", GUESTS)).unwrap();
        let mut command = forebay();
        command.current_dir(folder.path()).args(["run", "--max-grants", "most.toml"]);
        Ended::of(command.args(["forebay.toml", "5"]).output().unwrap())
            .fails(2, &["can't be used as a ceiling"]);
    }
}

#[test]
fn wit_deep_inside_itself_is_refused() {
    let folder = scratch();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(
        at("reactor.wat"),
        "(module (memory (export \"memory\") 1) (func (export \"f\")))",
    )
    .unwrap();
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let ty =
        format!("interface i {{ f: func(x: {}); }} world w {{ export i; }}", deep("list<", ">"));
    for text in [ty, format!("/{}", "* /".repeat(100_000)), deep("package c:d { ", "}")] {
        std::fs::write(at("world.wit"), format!("package a:b; {text}")).unwrap();
        let mut command = forebay();
        command.current_dir(folder.path());
        command.args(["adapt", "--wit", "world.wit", "reactor.wat", "-o", "out.wasm"]);
        Ended::of(command.output().unwrap()).fails(2, &["can't be read", "world.wit"]);
    }
}
