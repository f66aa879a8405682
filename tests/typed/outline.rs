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
