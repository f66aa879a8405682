//! Async functions: streams in and out at once, lines, values, futures, and guests that don't
//! finish what they began.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::run::{built, forebay};
use crate::{call, file, scratch};

const TYPED3: &str = "rust/typed3";

#[test]
fn streams_lines_values_and_futures_go_in_and_out() {
    let folder = scratch();
    let path = file(&folder, "f", b"one\r\ntwo\nlast");
    for (words, expected) in [
        (&["length", &path][..], "13\n"),
        (&["length", "zero:?len=3MiB"], "3145728\n"),
        (&["concat", &path, "data:,%20end"], "one\r\ntwo\nlast end"),
        (&["reverse", &path], "eno\nowt\ntsal\n"),
        (&["count", "4"], "0\n1\n2\n3\n"),
        (&["count", "0"], ""),
        (&["later", "text"], "text\n"),
        (&["ending", "abc"], "abc"),
    ] {
        let Some(ended) = call(&[], TYPED3, words) else { return };
        ended.prints(expected);
    }
}

#[test]
fn a_future_that_holds_an_error_fails_the_call_after_its_stream() {
    let Some(ended) = call(&[], TYPED3, &["ending", "abc", "--fails"]) else { return };
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (Some(1), "abc", "it failed in the end\n")
    );
}

#[test]
fn a_guest_need_not_read_all_of_its_input() {
    let Some(ended) = call(&[], TYPED3, &["head", "zero:", "5"]) else { return };
    ended.prints("\0\0\0\0\0");
}

#[test]
fn a_stream_that_is_never_closed_is_no_hang() {
    let Some(ended) = call(&[], TYPED3, &["leak"]) else { return };
    ended.fails(134, &["ended without closing it"]);
}

#[test]
fn a_time_limit_cancels_a_stream() {
    let Some(ended) =
        call(&["--timeout", "200ms", "-o", "null:"], TYPED3, &["concat", "zero:", "zero:"])
    else {
        return;
    };
    ended.fails(124, &["time limit of 200ms"]);
}

#[test]
fn an_interrupt_ends_a_guest_that_never_waits_and_leaves_nothing_behind() {
    let Some(typed3) = built(TYPED3) else { return };
    let folder = scratch();
    let target = folder.path().join("out");
    let mut child = forebay()
        .args(["call", "-o", target.to_str().unwrap()])
        .arg(typed3)
        .args(["concat", "fd:0", "zero:"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds: once it's written, the guest is reading.
    child.stdin.take().unwrap().write_all(&vec![b'x'; 1 << 20]).unwrap();
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
