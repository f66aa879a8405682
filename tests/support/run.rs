//! Runs the binary in a cleared environment.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub use crate::places::{built, wat};

use crate::places::{binary, root, temporary};

/// The binary, with nothing of the caller's environment but a cache that the tests share.
pub fn forebay() -> Command {
    let mut command = Command::new(binary());
    let cache = temporary().join("cache");
    command.env_clear().env("XDG_CACHE_HOME", cache).env("NO_COLOR", "1").stdin(Stdio::null());
    command.current_dir(root());
    command
}

/// Runs `forebay run FLAGS PROGRAM ARGS`.
pub fn run(flags: &[&str], program: impl AsRef<Path>, args: &[&str]) -> Ended {
    Ended::of(forebay().arg("run").args(flags).arg(program.as_ref()).args(args).output().unwrap())
}

/// The same, with something on standard input.
pub fn run_with_input(
    flags: &[&str],
    program: impl AsRef<Path>,
    args: &[&str],
    input: &[u8],
) -> Ended {
    let mut command = forebay();
    command.arg("run").args(flags).arg(program.as_ref()).args(args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A guest needn't read all of it.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ended::of(output)
}

/// How a process ended, and what it said.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it said on standard output.
    pub stdout: String,
    /// What it said on standard error.
    pub stderr: String,
}

impl Ended {
    /// From what was collected of it.
    pub fn of(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It ended well and said nothing but this.
    #[track_caller]
    pub fn prints(&self, stdout: &str) {
        let silent = Ended { code: Some(0), stdout: stdout.to_owned(), stderr: String::new() };
        assert_eq!(*self, silent);
    }

    /// It ended with this code, and each of these is in what it said on standard error.
    #[track_caller]
    pub fn fails(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in {self:?}");
        }
    }
}
