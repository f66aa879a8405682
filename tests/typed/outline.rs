//! What is answered before a program is compiled: this one is refused when it would be.

use std::path::PathBuf;

use crate::run::{Ended, forebay};

/// A function in which more loops lie inside each other than are compiled.
fn heavy(folder: &tempfile::TempDir) -> PathBuf {
    let (begin, end) = ("loop ".repeat(201), "end ".repeat(201));
    let text = format!(
        r#"(component
            (core module $m (func (export "f") (param i32 i32) (result i32) {begin}{end} local.get 0))
            (core instance $i (instantiate $m))
            (func (export "main") (param "x" u32) (param "quick" bool) (result u32)
              (canon lift (core func $i "f"))))"#
    );
    let path = folder.path().join("heavy.wat");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn help_and_wrong_words_are_answered_before_compiling() {
    let folder = tempfile::tempdir().unwrap();
    let path = heavy(&folder);
    let run =
        |words: &[&str]| Ended::of(forebay().arg("run").arg(&path).args(words).output().unwrap());
    let help = run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    assert!(help.stdout.contains("<x> [--quick]"), "{help:?}");
    run(&[]).fails(2, &["`x`", "it is missing"]);
    run(&["a"]).fails(2, &["`x`", "`a`"]);
    run(&["1", "medium"]).fails(2, &["medium"]);
    run(&["1", "true", "2"]).fails(2, &["one word too many"]);
    run(&["--y", "1"]).fails(2, &["no parameter `y`"]);
    // Nothing is wrong with these words, so it would be compiled.
    run(&["1", "--quick"]).fails(126, &["201 loops inside each other"]);
}

#[test]
fn calls_are_read_before_compiling_and_completed_without() {
    let folder = tempfile::tempdir().unwrap();
    let path = heavy(&folder);
    let of = |words: &[&str]| {
        Ended::of(forebay().arg(words[0]).arg(&path).args(&words[1..]).output().unwrap())
    };
    of(&["call", "main", "a"]).fails(2, &["`x`"]);
    assert_eq!(of(&["call", "main", "--help"]).code, Some(0));
    of(&["call", "main", "1"]).fails(126, &["201 loops"]);
    of(&["call", "main(1, true)"]).fails(126, &["201 loops"]);
    let complete = |words: &[&str]| {
        let path = path.to_str().unwrap();
        let words = [&["complete", words[0], path], &words[1..]].concat();
        Ended::of(forebay().args(words).output().unwrap())
    };
    complete(&["run", "--q"]).prints("--quick\n");
    complete(&["call", "main", "--x"]).prints("--x\n");
}

/// The same function, of a guest that imports from another: in each way to say so.
fn heavy_graph(folder: &tempfile::TempDir) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(heavy(folder)).unwrap();
    let text = text
        .replace(
            "(core module $m",
            r#"(import "acme:mesh/route@0.1.0" (instance $route
                (export "scale" (func (param "x" u32) (result u32)))))
               (core func $scale (canon lower (func $route "scale")))
               (core module $m (import "route" "scale" (func (param i32) (result i32)))"#,
        )
        .replace(
            "(instantiate $m)",
            r#"(instantiate $m (with "route" (instance (export "scale" (func $scale)))))"#,
        );
    std::fs::write(folder.path().join("heavy.wat"), text).unwrap();
    let guests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");
    let mesh = format!("{guests}/mesh.wat");
    let manifest = format!(
        "main = \"heavy\"\n[guest.heavy]\nsource = \"heavy.wat\"\n[guest.mesh]\nsource = {mesh:?}\n"
    );
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("graph.toml", &manifest);
    write("isolated.toml", &format!("{manifest}isolate = true\n"));
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    vec![words(&["--with", &mesh, "heavy.wat"]), words(&["graph.toml"]), words(&["isolated.toml"])]
}

#[test]
fn the_main_guest_of_a_graph_is_asked_before_compiling_too() {
    let folder = tempfile::tempdir().unwrap();
    for graph in heavy_graph(&folder) {
        let of = |command: &str, words: &[&str]| {
            let mut ours = forebay();
            ours.current_dir(folder.path()).arg(command).args(&graph).args(words);
            Ended::of(ours.output().unwrap())
        };
        let help = of("run", &["--help"]);
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""), "{graph:?}");
        assert!(help.stdout.contains("<x> [--quick]"), "{help:?}");
        of("run", &["a"]).fails(2, &["`x`", "`a`"]);
        of("call", &["main", "1", "true", "2"]).fails(2, &["one word too many"]);
        of("run", &["1"]).fails(126, &["201 loops inside each other"]);
        let words =
            [&["run"], graph.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), &["--q"]]
                .concat();
        let mut complete = forebay();
        complete.current_dir(folder.path()).arg("complete").args(words);
        Ended::of(complete.output().unwrap()).prints("--quick\n");
    }
}

#[test]
fn the_words_of_a_program_by_itself_whose_imports_nobody_meets_are_left_to_it() {
    let folder = tempfile::tempdir().unwrap();
    heavy_graph(&folder);
    // They may be flags about other guests.
    let mut command = forebay();
    command.current_dir(folder.path()).args(["run", "heavy.wat", "a"]);
    Ended::of(command.output().unwrap()).fails(126, &["201 loops"]);
}

#[test]
fn a_component_written_by_hand_needs_no_outline() {
    // Its functions take the types of an interface as they are, which no WIT can say.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x"), "abc").unwrap();
    let upper = format!("{}/components/wat/upper.wat", env!("CARGO_MANIFEST_DIR"));
    let mut command = forebay();
    command.args(["run", "--no-cache", &upper, "x"]).current_dir(folder.path());
    Ended::of(command.output().unwrap()).prints("ABC");
}
