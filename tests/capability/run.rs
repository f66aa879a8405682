//! Runs the binary in a cleared environment.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The binary, with nothing of the caller's environment but a cache that the tests share.
pub fn forebay() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env_clear().env("XDG_CACHE_HOME", cache).env("NO_COLOR", "1").stdin(Stdio::null());
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
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
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
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

/// A guest of `tests/guests` or `components/wat`.
pub fn wat(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = root.join("tests/guests").join(format!("{name}.wat"));
    if own.exists() { own } else { root.join("components/wat").join(format!("{name}.wat")) }
}

/// A guest built by `components/build`. Where it wasn't built the test says so and is skipped, but
/// not in CI.
pub fn built(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("FOREBAY_COMPONENTS").map(PathBuf::from);
    let folder =
        folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/components"));
    let path = folder.join(name).with_extension("wasm");
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} wasn't built: run components/build",
        path.display()
    );
    eprintln!(
        "SKIPPED: {} wasn't built: run components/setup and components/build",
        path.display()
    );
    None
}
