//! A time limit holds from the first byte that is read of a program: what is read may be a pipe
//! that never ends.

use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode};

use crate::limits::ends_in_time;
use crate::run::{Ended, forebay, run, wat};

/// A component whose main takes bytes.
const BYTES: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "main") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m))
  (func (export "main") (param "bytes" (list u8)) (result u32)
    (canon lift (core func $i "main") (memory $i "memory") (realloc (func $i "realloc")))))"#;

/// A folder with pipes that nobody writes.
fn pipes() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["p", "p.wasm", "p.toml", "p.wac"] {
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mknodat(CWD, folder.path().join(name), FileType::Fifo, mode, 0).unwrap();
    }
    std::fs::write(folder.path().join("bytes.wat"), BYTES).unwrap();
    folder
}

/// `forebay run` with so little time.
fn limited(folder: &Path, words: &[&str]) -> Command {
    let mut command = forebay();
    command.current_dir(folder).args(["run", "--timeout", "200ms"]).args(words);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn what_is_never_read_to_its_end_goes_over_the_time_limit() {
    let folder = pipes();
    let hello = wat("hello");
    let hello = hello.to_str().unwrap();
    let with = ["--with", "p.wasm", hello];
    let mount = ["--mount", "/x=component:p.wasm", hello];
    for words in [
        &["p"][..],
        &["p.wasm", "an", "argument"],
        &["p.toml"],
        &["p.wac"],
        &with,
        &mount,
        &["--max-grants", "p", "p.toml"],
        &["bytes.wat", "@p"],
        &["--invoke", "main", "bytes.wat", "@p"],
    ] {
        ends_in_time(124, || limited(folder.path(), words));
    }
    let told = Ended::of(limited(folder.path(), &["p"]).stderr(Stdio::piped()).output().unwrap());
    told.fails(124, &["`p` went over its time limit of 200ms before it started"]);
}

#[test]
fn a_standard_input_that_stays_open_goes_over_it_too() {
    let folder = pipes();
    ends_in_time(124, || {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = limited(folder.path(), &["-"]);
        command.stdin(reader);
        // It's held for longer than the test takes.
        std::mem::forget(writer);
        command
    });
}

#[test]
fn a_source_without_an_end_is_refused() {
    run(&["--timeout", "60s"], "/dev/zero", &[]).fails(125, &["nothing but zeros"]);
    let ended = run(&["--timeout", "60s", "--with", "/dev/zero"], wat("hello"), &[]);
    assert!(ended.code.is_some_and(|code| code != 124 && code != 0), "{ended:?}");
}
