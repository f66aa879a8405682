//! Compiling in a process of its own: how that is started, and what it may take.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A process that compiles: it reads a request from its standard input and writes code to its
/// standard output, as [`serve`](crate::compile::answer) does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    /// The program that is started.
    pub command: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// How long one program may take; in proportion to its size if it isn't said.
    pub timeout: Option<Duration>,
    /// Bytes of memory that it may take; in proportion to its size if it isn't said.
    pub memory: Option<u64>,
}

impl Compiler {
    /// A compiler with limits in proportion to the program.
    pub fn new(command: impl Into<PathBuf>, args: impl IntoIterator<Item = OsString>) -> Self {
        let args = args.into_iter().collect();
        Compiler { command: command.into(), args, timeout: None, memory: None }
    }

    /// How long a program of `size` bytes may take: 10 s, and 10 s more for each MiB, several times
    /// what programs take that people wrote.
    pub fn timeout(&self, size: usize) -> Duration {
        let usual = Duration::from_secs(10) + Duration::from_micros(10 * size as u64);
        self.timeout.unwrap_or(usual)
    }

    /// How much memory a program of `size` bytes may take: 256 MiB, 8 MiB for each processor, 400
    /// bytes for each of the program's, of which inlining takes 190, and up to a GiB more in
    /// proportion: many small guests cost 2,000 bytes for each of theirs.
    pub fn memory(&self, size: usize) -> u64 {
        let threads = std::thread::available_parallelism().map_or(1, |number| number.get() as u64);
        let size = size as u64;
        let many = (2_500 * size).min(1 << 30);
        let usual = (256 << 20) + (8 << 20) * threads + many + 400 * size;
        self.memory.unwrap_or(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_grow_with_the_program_unless_they_are_said() {
        let own = Compiler::new("x", []);
        assert_eq!(own.timeout(0), Duration::from_secs(10));
        assert!(own.timeout(70_000_000) > Duration::from_secs(600));
        assert!(own.memory(470_000) > 5 << 28 && own.memory(70_000_000) > 4 << 30);
        let threads = std::thread::available_parallelism().map_or(1, |number| number.get() as u64);
        assert!(own.memory(33_000) - threads * (8 << 20) < 384 << 20);
        let said = Compiler { timeout: Some(Duration::from_secs(1)), memory: Some(7), ..own };
        assert_eq!((said.timeout(1 << 30), said.memory(1 << 30)), (Duration::from_secs(1), 7));
    }
}
