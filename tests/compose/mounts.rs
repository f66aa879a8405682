//! Programs behind files: what a guest writes to a path is their input, what it reads their output.

use std::path::{Path, PathBuf};

use crate::run::{Ended, built, forebay, wat};
use crate::scratch;

const GUESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests");

/// The C guest that writes words to a file and prints what it then reads.
fn talk() -> Option<PathBuf> {
    built("c/talk")
}

/// Runs `talk`, with `program` at `/svc/f`.
fn behind(program: impl AsRef<Path>, args: &[&str]) -> Option<Ended> {
    let mount = format!("/svc/f=component:{}", program.as_ref().display());
    let mut command = forebay();
    command.args(["run", "--mount", &mount]).arg(talk()?).args(args);
    Some(Ended::of(command.output().unwrap()))
}

#[test]
fn a_typed_filter_is_written_and_read_as_a_file() {
    let Some(ended) = behind(wat("upper"), &["/svc/f", "hello there\n"]) else { return };
    ended.prints("HELLO THERE\n[12]\n");
    // More than the two directions hold at once, all of it written before anything is read.
    behind(wat("upper"), &["/svc/f", "hello there", "1000000"]).unwrap().prints("[11000000]\n");
}

#[test]
fn a_command_is_too_whose_output_comes_at_the_end_of_its_input() {
    let Some(ended) = behind(wat("wc"), &["/svc/f", "one two\n"]) else { return };
    ended.prints("1 2 8\n[6]\n");
}

#[test]
fn each_opening_starts_it_anew_and_closing_ends_it() {
    let Some(ended) = behind(wat("wc"), &["/svc/f", "one two\n", "1", "twice"]) else { return };
    ended.prints("1 2 8\n[6]\n1 2 8\n[6]\n");
    // What is closed without being read is still processed to its end: the program's failure is
    // told. So is what is left open when the guest ends.
    for mode in ["mute", "leave"] {
        let mute = behind(format!("{GUESTS}/exit.wat"), &["/svc/f", "text", "1", mode]).unwrap();
        assert!(mute.stderr.contains("behind a mounted file, exited with code 3"), "{mute:?}");
    }
}

#[test]
fn a_failure_is_an_error_of_the_file_and_the_user_is_told_why() {
    let Some(ended) = behind(format!("{GUESTS}/trap.wat"), &["/svc/f", "text"]) else { return };
    ended.fails(
        4,
        &["read: I/O error", "trap.wat`, behind a mounted file, trapped: wasm `unreachable`"],
    );
    behind(format!("{GUESTS}/exit.wat"), &["/svc/f", "text"])
        .unwrap()
        .fails(4, &["read: I/O error", "exit.wat`, behind a mounted file, exited with code 3"]);
}

#[test]
fn what_it_has_written_and_nobody_reads_is_bounded() {
    let Some(ended) = behind(wat("upper"), &["/svc/f", &"x".repeat(1 << 16), "2000"]) else {
        return;
    };
    ended.fails(3, &["write: No space left on device"]);
}

#[test]
fn so_many_can_be_open_at_once() {
    let Some(ended) = behind(wat("upper"), &["/svc/f", "text", "1", "many"]) else { return };
    ended.prints("64\n");
}

#[test]
fn nothing_else_can_be_made_or_changed_there() {
    let Some(ended) = behind(wat("upper"), &["/svc/other", "text"]) else { return };
    ended.fails(2, &["open: No such file or directory"]);
    let made = behind(wat("upper"), &["/svc/new", "text", "1", "create"]).unwrap();
    made.fails(2, &["open: Read-only file system"]);
    let new = behind(wat("upper"), &["/svc/f", "text", "1", "new"]).unwrap();
    new.fails(2, &["open: File exists"]);
}

#[test]
fn typed_programs_of_wasi_02_find_them_through_streams() {
    let Some(probe) = built("rust/probe") else { return };
    let mount = format!("/svc/f=component:{}", wat("hello").display());
    Ended::of(
        forebay()
            .args(["run", "--mount", &mount])
            .arg(probe)
            .args(["read", "/svc/f"])
            .output()
            .unwrap(),
    )
    .prints("hello, wasm!\n");
}

#[test]
fn a_manifest_mounts_for_its_main_guest() {
    let Some(talk) = talk() else { return };
    let folder = scratch();
    std::fs::copy(wat("upper"), folder.path().join("upper.wat")).unwrap();
    let text = format!(
        "main = \"talk\"\n[guest.talk]\nsource = {talk:?}\nmounts = {{ \"/svc/f\" = \"component:upper.wat\" }}"
    );
    std::fs::write(folder.path().join("forebay.toml"), text).unwrap();
    let mut command = forebay();
    let ended = command
        .current_dir(folder.path())
        .args(["run", "forebay.toml", "/svc/f", "hello\n"])
        .output()
        .unwrap();
    Ended::of(ended).prints("HELLO\n[6]\n");
}

#[test]
fn what_cant_be_mounted_is_refused_before_anything_runs() {
    let refused = |flags: &[&str], code: i32, said: &str| {
        let mut command = forebay();
        command.arg("run").args(flags).arg(wat("hello"));
        Ended::of(command.output().unwrap()).fails(code, &[said]);
    };
    let upper = format!("component:{}", wat("upper").display());
    refused(&["--mount", "/svc/f"], 2, "it has no `=`");
    refused(&["--mount", "/svc/f=gopher://example.com/x"], 2, "`gopher:` can't be mounted");
    refused(
        &["--mount", "/svc/f=component:nowhere.wasm"],
        127,
        "there is no program `nowhere.wasm`",
    );
    refused(&["--mount", &format!("svc/f={upper}")], 2, "it isn't an absolute path of a file");
    refused(&["--mount", &format!("/svc/../f={upper}")], 2, "it isn't an absolute path of a file");
    let twice = format!("/svc/f={upper}");
    refused(&["--mount", &twice, "--mount", &twice], 2, "something is mounted there already");
    refused(&["--mount", "/svc=mem:", "--dir", "host::/svc"], 2, "`/svc` is a granted directory");
    refused(&["--mount", &twice, "--mount", "/svc/f/x=mem:"], 2, "`/svc/f` is a file");
    refused(&["--mount", "/=component:x.wat"], 127, "there is no program `x.wat`");
    refused(&["--mount", &format!("/={upper}")], 2, "it isn't an absolute path of a file");
    refused(
        &["--mount", &format!("/svc/f=component:{GUESTS}/graph/mesh.wat")],
        2,
        "reads no stream",
    );
}
