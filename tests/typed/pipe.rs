//! Programs in a row: commands and typed functions, of several generations.

use std::process::Stdio;

use crate::run::{Ended, built, forebay, wat};
use crate::{file, scratch};

fn pipe(words: &[&str]) -> Ended {
    Ended::of(forebay().arg("pipe").args(words).output().unwrap())
}

#[test]
fn filters_and_commands_of_all_kinds_stand_in_a_row() {
    let folder = scratch();
    let path = file(&folder, "f", b"one two\nthree\n");
    let (Some(upper), Some(wc)) = (built("rust/upper"), built("rust/wc")) else { return };
    let (upper, wc) = (upper.to_str().unwrap(), wc.to_str().unwrap());
    let (text_upper, text_wc) = (wat("upper"), wat("wc"));
    pipe(&[upper, wc, "--", &path]).prints("{lines: 2, words: 3, bytes: 14}\n");
    pipe(&[text_upper.to_str().unwrap(), upper, text_wc.to_str().unwrap(), "--", &path])
        .prints("2 3 14\n");
    let target = folder.path().join("out");
    pipe(&["-o", target.to_str().unwrap(), upper, text_upper.to_str().unwrap(), "--", &path])
        .prints("");
    assert_eq!(std::fs::read(target).unwrap(), b"ONE TWO\nTHREE\n");
}

#[test]
fn more_than_a_pipe_holds_goes_through_every_stage() {
    let (Some(upper), Some(wc)) = (built("rust/upper"), built("rust/wc")) else { return };
    let (upper, wc) = (upper.to_str().unwrap(), wc.to_str().unwrap());
    pipe(&[upper, upper, upper, wc, "--", "zero:?len=50000000"])
        .prints("{lines: 0, words: 1, bytes: 50000000}\n");
}

#[test]
fn a_stage_that_reads_no_more_ends_those_before_it() {
    let (Some(upper), Some(shrink)) = (built("rust/upper"), built("rust/shrink")) else { return };
    // It fails at its argument, before it has read anything.
    let ended = pipe(&[upper.to_str().unwrap(), upper.to_str().unwrap(), "--", "zero:?len=100"]);
    assert_eq!(ended.code, Some(0));
    let ended =
        pipe(&[upper.to_str().unwrap(), shrink.to_str().unwrap(), "--", "zero:?len=1000000"]);
    ended.fails(1, &["no image"]);
    let mut child = forebay()
        .args(["pipe", upper.to_str().unwrap(), upper.to_str().unwrap(), "--", "zero:"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_can_not_stand_in_a_row_is_said_before_anything_runs() {
    let Some(upper) = built("rust/upper") else { return };
    let upper = upper.to_str().unwrap();
    let add = wat("add");
    pipe(&[upper, add.to_str().unwrap(), "--", "data:,x"]).fails(2, &["`add` reads no stream"]);
    let command = wat("wc");
    pipe(&["-o", "x", upper, command.to_str().unwrap(), "--", "data:,x"])
        .fails(2, &["a command can't write to `x`"]);
    pipe(&[upper, "nowhere.wasm", "--", "data:,x"]).fails(127, &["nowhere.wasm"]);
}

#[test]
fn a_time_limit_holds_for_the_whole_row() {
    let Some(upper) = built("rust/upper") else { return };
    let upper = upper.to_str().unwrap();
    pipe(&["--timeout", "200ms", "-o", "null:", upper, upper, "--", "zero:"])
        .fails(124, &["time limit"]);
}
