//! The programs that are compared.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A runtime as a command.
pub struct Contender {
    program: PathBuf,
    cache: Option<PathBuf>,
}

impl Contender {
    /// The `forebay` that was built beside this program, with a cache of its own.
    pub fn forebay(folder: &Path) -> Contender {
        let here = std::env::current_exe().expect("our own path");
        let program = here.with_file_name("forebay");
        assert!(
            program.exists(),
            "there is no {}: run `cargo build --release` first",
            program.display()
        );
        Contender { program, cache: Some(folder.join("cache")) }
    }

    /// The `wasmtime` on PATH.
    pub fn wasmtime() -> Option<Contender> {
        Contender::named("wasmtime")
    }

    /// A program on PATH.
    pub fn named(name: &str) -> Option<Contender> {
        Some(Contender { program: on_path(name)?, cache: None })
    }

    /// The runtime with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(cache) = &self.cache {
            command.env("XDG_CACHE_HOME", cache);
        }
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    /// Milliseconds from the start of the process to its first byte of output.
    pub fn first_byte(&self, args: &[&str]) -> f64 {
        let start = Instant::now();
        let mut child = self.command(args).spawn().expect("the program starts");
        let mut byte = [0];
        child.stdout.take().expect("a pipe").read_exact(&mut byte).expect("it prints something");
        let elapsed = start.elapsed();
        assert!(
            child.wait().expect("it ends").success(),
            "{} {args:?} failed",
            self.program.display()
        );
        elapsed.as_secs_f64() * 1e3
    }

    /// Milliseconds from the start of the process to its end.
    pub fn whole(&self, args: &[&str]) -> f64 {
        let start = Instant::now();
        let status = self.command(args).stdout(Stdio::null()).status().expect("the program starts");
        assert!(status.success(), "{} {args:?} failed", self.program.display());
        start.elapsed().as_secs_f64() * 1e3
    }

    /// Milliseconds from the start of the process to its end, with its output read from a pipe.
    pub fn drained(&self, args: &[&str]) -> f64 {
        let start = Instant::now();
        let mut child = self.command(args).spawn().expect("the program starts");
        let mut output = child.stdout.take().expect("a pipe");
        let mut chunk = vec![0; 256 << 10];
        while output.read(&mut chunk).expect("a pipe can be read") > 0 {}
        assert!(
            child.wait().expect("it ends").success(),
            "{} {args:?} failed",
            self.program.display()
        );
        start.elapsed().as_secs_f64() * 1e3
    }
}

/// A file by this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists())
}
