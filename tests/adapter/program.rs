//! A legacy module, wrapped into a component file, and the command that runs it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use forebay::load::Program;
use forebay::load::legacy::{Options, wrap};
use tempfile::TempDir;

/// A component in a directory of its own.
pub struct Wrapped {
    directory: TempDir,
}

impl Wrapped {
    /// From the text form of a core module.
    pub fn of(text: &str) -> Wrapped {
        let program = Program::recognise("test.wat", text.as_bytes().to_vec())
            .expect("the module is well-formed");
        let wrapped = wrap(&program.bytes, &Options::default()).expect("the module can be wrapped");
        assert!(wrapped.unknown.is_empty(), "nobody has {:?}", wrapped.unknown);
        let directory = tempfile::tempdir().expect("a temporary directory");
        let own = Wrapped { directory };
        std::fs::write(own.path(), wrapped.component).expect("the component is written");
        own
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("program.wasm")
    }

    /// `forebay run` with options before the program and arguments after it, its output piped.
    pub fn command(&self, options: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
        command.arg("run").args(options).arg(self.path()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}
