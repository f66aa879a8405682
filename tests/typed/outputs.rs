//! Where results go: standard output, files that appear whole or not at all, other places.

use std::process::Stdio;

use crate::run::{Ended, built, forebay, run};
use crate::{call, file, scratch};

const TYPED: &str = "rust/typed";

#[test]
fn a_result_goes_to_a_file_that_is_named_before_or_after_the_program() {
    let folder = scratch();
    let target = folder.path().join("out");
    let name = target.to_str().unwrap();
    let Some(upper) = built("rust/upper") else { return };
    run(&[], &upper, &["data:,one", "-o", name]).prints("");
    assert_eq!(std::fs::read(&target).unwrap(), b"ONE");
    run(&["-o", name], &upper, &["data:,two"]).prints("");
    assert_eq!(std::fs::read(&target).unwrap(), b"TWO");
    run(&["-o", name, "--append"], &upper, &["data:,three"]).prints("");
    assert_eq!(std::fs::read(&target).unwrap(), b"TWOTHREE");
    run(&[], &upper, &["data:,x", "-o", "log:from"]).fails(0, &["log: from: X"]);
    run(&[], &upper, &["data:,x", "-o", "null:"]).prints("");
    run(&[], &upper, &["data:,x", "-o", "zero:"])
        .fails(2, &["can't be written to", "can only be read"]);
    run(&[], &upper, &["data:,x", "-o", "nowhere/out"])
        .fails(127, &["cannot write `nowhere/out`", "no such folder"]);
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = scratch();
    let old = file(&folder, "out", b"old");
    let input = file(&folder, "in", b"not an image");
    let Some(shrink) = built("rust/shrink") else { return };
    run(&[], &shrink, &[&input, "-o", &old]).fails(1, &["no image"]);
    assert_eq!(std::fs::read(&old).unwrap(), b"old");
    let Some(ended) = call(&["-o", &old], "rust/typed3", &["ending", "half", "--fails"]) else {
        return;
    };
    ended.fails(1, &["it failed in the end"]);
    assert_eq!(std::fs::read(&old).unwrap(), b"old");
    let Some(ended) =
        call(&["-o", &old, "--timeout", "200ms"], "rust/typed3", &["length", "zero:"])
    else {
        return;
    };
    ended.fails(124, &["time limit"]);
    assert_eq!(std::fs::read(&old).unwrap(), b"old");
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing half-written is left: {names:?}");
}

#[test]
fn a_file_may_be_replaced_by_what_is_made_of_it() {
    let folder = scratch();
    let path = file(&folder, "f", &b"abc ".repeat(100_000));
    let Some(upper) = built("rust/upper") else { return };
    run(&[], &upper, &[&path, "-o", &path]).prints("");
    assert_eq!(std::fs::read(&path).unwrap(), b"ABC ".repeat(100_000));
}

#[test]
fn a_full_disk_is_an_error_with_its_place() {
    for guest in ["rust/upper", "rust/capitals"] {
        let Some(path) = built(guest) else { return };
        let mut command = forebay();
        match guest {
            "rust/upper" => command.arg("run").arg(path).arg("zero:?len=100000"),
            _ => command.arg("call").arg(path).args(["filter.apply", "zero:?len=100000"]),
        };
        let ended = Ended::of(command.args(["-o", "/dev/full"]).output().unwrap());
        assert_ne!(ended.code, Some(0));
        assert!(
            ended.stderr.contains("`/dev/full`") && ended.stderr.contains("no space is left"),
            "{ended:?}"
        );
    }
}

#[test]
fn two_outputs_get_the_same_and_the_first_is_standard_output_by_default() {
    let folder = scratch();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let (a_name, b_name) = (a.to_str().unwrap(), b.to_str().unwrap());
    let Some(ended) = call(&[], TYPED, &["tee", "data:,xyz", a_name, b_name]) else { return };
    ended.prints("");
    assert_eq!(
        (std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap()),
        (b"xyz".to_vec(), b"xyz".to_vec())
    );
    let Some(ended) = call(&[], TYPED, &["tee", "data:,xyz", b_name]) else { return };
    ended.prints("xyz");
    let Some(ended) = call(&[], TYPED, &["tee", "data:,xyz", "--second", b_name, "-o", a_name])
    else {
        return;
    };
    ended.prints("");
    let Some(ended) = call(&[], TYPED, &["back", "data:,same"]) else { return };
    ended.prints("same");
}

#[test]
fn a_reader_that_has_gone_ends_the_guest_quietly() {
    let Some(upper) = built("rust/upper") else { return };
    let mut child = forebay()
        .arg("run")
        .arg(upper)
        .arg("zero:")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = Ended::of(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn bytes_are_not_written_to_a_terminal_unless_that_is_asked_for() {
    let Some(upper) = built("rust/upper") else { return };
    // `script` gives its command a terminal.
    if std::process::Command::new("script").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no `script` here");
        return;
    }
    let on_terminal = |words: &str| {
        let line = format!("{} run {} {words}", env!("CARGO_BIN_EXE_forebay"), upper.display());
        Ended::of(
            std::process::Command::new("script")
                .args(["-qec", &line, "/dev/null"])
                .output()
                .unwrap(),
        )
    };
    let text = on_terminal("data:,text");
    assert!(text.code == Some(0) && text.stdout.contains("TEXT"), "{text:?}");
    let refused = on_terminal("zero:?len=10");
    assert!(
        refused.code != Some(0) && refused.stdout.contains("standard output is a terminal"),
        "{refused:?}"
    );
    assert!(refused.stdout.contains("-o FILE"), "{refused:?}");
    assert_eq!(on_terminal("zero:?len=10 -o -").code, Some(0));
}
