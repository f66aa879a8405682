//! Isolated guests whose thread would wait in the system: their time limit ends them all the same.

use std::fs::File;
use std::io::Write;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, OFlags};

use crate::command::{GUESTS, filtering};
use crate::run::{Ended, wat};
use crate::scratch;

/// Has `main` call a guest that is an isolated filter, has so much time and a directory. Were it not
/// ended, the run would be, with another code.
fn limited(main: &str, guest: &Path, folder: &Path, directory: &str) -> Command {
    std::fs::write(folder.join("text"), "").unwrap();
    let name = guest.file_stem().unwrap().to_str().unwrap();
    let grant = |what: &str| format!("--grant={name}:{what}");
    let (time, dir) = (grant("--call-timeout=100ms"), grant(&format!("--dir={directory}::/d")));
    let flags = ["--timeout", "60s", &time, &dir, &grant("--stderr=inherit")];
    let mut command = filtering(main, guest.to_str().unwrap(), &flags);
    command.current_dir(folder);
    command
}

fn main() -> String {
    format!("{GUESTS}/graph/filtered.wat")
}

fn ends(guest: &Path, folder: &Path, directory: &str) {
    let ended = Ended::of(limited(&main(), guest, folder, directory).output().unwrap());
    ended.fails(1, &["went over its call-timeout of 100ms"]);
}

fn pipe(folder: &Path) {
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(CWD, folder.join("p"), FileType::Fifo, mode, 0).unwrap();
}

/// Fills what doesn't block.
fn fill(mut file: &File) {
    while file.write(&[b'.'; 4096]).is_ok() {}
}

#[test]
fn a_pipe_that_nobody_else_opens_ends_in_time() {
    for guest in ["fifo-read", "fifo-write"] {
        let folder = scratch();
        pipe(folder.path());
        ends(&wat(guest), folder.path(), ".");
    }
}

#[test]
fn a_pipe_that_nobody_fills_or_empties_ends_in_time() {
    for guest in ["fifo-read", "fifo-write"] {
        let folder = scratch();
        pipe(folder.path());
        let flags = OFlags::RDWR | OFlags::NONBLOCK;
        let other: File =
            rustix::fs::open(folder.path().join("p"), flags, Mode::empty()).unwrap().into();
        if guest == "fifo-write" {
            fill(&other);
        }
        ends(&wat(guest), folder.path(), ".");
    }
}

#[test]
fn a_terminal_at_which_nobody_types_ends_in_time() {
    let folder = scratch();
    let (mut ours, mut theirs) = (0, 0);
    let mut name = [0u8; 64];
    // SAFETY: the numbers and the name are written by the call, and the name has room.
    let opened = unsafe {
        libc::openpty(
            &mut ours,
            &mut theirs,
            name.as_mut_ptr().cast(),
            std::ptr::null(),
            std::ptr::null(),
        )
    };
    assert_eq!(opened, 0);
    // SAFETY: they were just opened, for nobody else.
    let _both = unsafe { [OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)] };
    let name = std::ffi::CStr::from_bytes_until_nul(&name).unwrap().to_str().unwrap();

    // `p`, as the guest knows it.
    let (top, file) = name.rsplit_once('/').unwrap();
    let guest = std::fs::read_to_string(wat("fifo-read")).unwrap();
    let own = guest
        .replace("(data (i32.const 0) \"p\")", &format!("(data (i32.const 0) \"{file}\")"))
        .replace(
            "(i32.const 0) (i32.const 1) (i32.const 0)",
            &format!("(i32.const 0) (i32.const {}) (i32.const 0)", file.len()),
        );
    assert_ne!(own, guest);
    let program = folder.path().join("terminal.wat");
    std::fs::write(&program, own).unwrap();
    ends(&program, folder.path(), top);
}

/// A program that writes to a descriptor for ever.
fn flood(folder: &Path, descriptor: u32) -> std::path::PathBuf {
    let text = format!(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 2)
          (data (i32.const 0) "\00\01\00\00\00\00\01\00")
          (func (export "_start")
            (loop $l
              (drop (call $write (i32.const {descriptor}) (i32.const 0) (i32.const 1) (i32.const 64)))
              (br $l))))"#
    );
    let path = folder.join("flood.wat");
    std::fs::write(&path, text).unwrap();
    path
}

/// A pipe that is full; who could read it is kept by the caller.
fn full() -> (std::io::PipeReader, OwnedFd) {
    let (reader, writer) = std::io::pipe().unwrap();
    let filler = File::from(OwnedFd::from(writer.try_clone().unwrap()));
    let flags = rustix::fs::fcntl_getfl(&filler).unwrap();
    rustix::fs::fcntl_setfl(&filler, flags | OFlags::NONBLOCK).unwrap();
    fill(&filler);
    rustix::fs::fcntl_setfl(&filler, flags).unwrap();
    (reader, writer.into())
}

#[test]
fn a_full_standard_output_ends_in_time() {
    let folder = scratch();
    let (_reader, writer) = full();
    let flood = flood(folder.path(), 1);
    let mut command = limited(&main(), &flood, folder.path(), ".");
    Ended::of(command.stdout(writer).output().unwrap())
        .fails(1, &["`flood` went over its call-timeout of 100ms"]);
}

#[test]
fn a_full_standard_error_ends_in_time() {
    let folder = scratch();
    // Whoever calls it goes on and says so on standard output.
    let text = std::fs::read_to_string(main()).unwrap();
    let (calls, rest) = text.split_once("(i32.const 16)))\n  (core instance").unwrap();
    let (names, _) = rest.split_once("(result (result").unwrap();
    let text = format!(
        "{calls}(i32.const 1)))\n  (core instance{names}(result u32) \
         (canon lift (core func $i \"main\"))))"
    );
    std::fs::write(folder.path().join("main.wat"), text).unwrap();

    let (_reader, writer) = full();
    let flood = flood(folder.path(), 2);
    let mut command = limited("main.wat", &flood, folder.path(), ".");
    command.arg("null:");
    Ended::of(command.stderr(writer).output().unwrap()).prints("1\n");
}
