//! Programs for Dagger and CommonWA, as lists of calls, each with what it must return.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a program imports, and how it gives a URL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// `dagger.open(*url, flags)` and `dagger.sync`.
    Dagger1,
    /// `open(*url, len)` and `flush` of this module.
    Dagger2(&'static str),
    /// `resource_open(*url, len)` of this module.
    Cwa(&'static str),
}

/// A program. It returns 0, or the number of the first step that returned something else than it
/// should.
pub struct Steps {
    system: System,
    entry: &'static str,
    imports: String,
    data: String,
    free: usize,
    body: String,
    count: usize,
}

/// Where what is read goes; data lies behind.
const BUFFER: usize = 0x1_0000;
const DATA: usize = 0x10_0000;

impl Steps {
    pub fn new(system: System) -> Steps {
        let entry = match system {
            System::Dagger1 => "main",
            System::Dagger2(_) => "dagger_main",
            System::Cwa(_) => "cwa_main",
        };
        let (imports, data, body) = (String::new(), String::new(), String::new());
        Steps { system, entry, imports, data, free: DATA, body, count: 0 }
    }

    /// The function with which it begins.
    pub fn entry(self, entry: &'static str) -> Steps {
        Steps { entry, ..self }
    }

    /// Another import, as `module name $id type`.
    pub fn import(mut self, module: &str, name: &str, ty: &str) -> Steps {
        writeln!(self.imports, r#"(import "{module}" "{name}" (func ${name} {ty}))"#).unwrap();
        self
    }

    /// A call, in text, that must return `expected`.
    pub fn step(mut self, call: &str, expected: i32) -> Steps {
        self.count += 1;
        writeln!(
            self.body,
            "(if (i32.ne {call} (i32.const {expected})) (then (return (i32.const {}))))",
            self.count
        )
        .unwrap();
        self
    }

    /// An instruction that returns nothing.
    pub fn instruction(mut self, text: &str) -> Steps {
        writeln!(self.body, "{text}").unwrap();
        self
    }

    /// Puts bytes into the memory, with a zero behind them.
    pub fn data(&mut self, bytes: &[u8]) -> usize {
        let at = self.free;
        let hex: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        writeln!(self.data, r#"(data (i32.const {at}) "{hex}\00")"#).unwrap();
        self.free += bytes.len() + 1;
        at
    }

    fn name(&self, function: &str) -> String {
        match self.system {
            System::Cwa(_) => format!("$resource_{function}"),
            _ => format!("${function}"),
        }
    }

    pub fn open(mut self, url: impl AsRef<[u8]>, expected: i32) -> Steps {
        let (url, name) = (url.as_ref(), self.name("open"));
        let at = self.data(url);
        // The first version's flags mean nothing.
        let second = if self.system == System::Dagger1 { 0x777 } else { url.len() };
        self.step(&format!("(call {name} (i32.const {at}) (i32.const {second}))"), expected)
    }

    /// Reads `len` bytes, of which there are to be `bytes`, and zeros behind.
    pub fn read(mut self, number: i32, len: usize, bytes: &[u8]) -> Steps {
        let name = self.name("read");
        let mut expected = bytes.to_vec();
        expected.resize(len, 0);
        let (at, read) = (self.data(&expected), bytes.len() as i32);
        self = self.instruction(&format!(
            "(memory.fill (i32.const {BUFFER}) (i32.const 0xaa) (i32.const {len}))"
        ));
        self = self.step(
            &format!("(call {name} (i32.const {number}) (i32.const {BUFFER}) (i32.const {len}))"),
            read,
        );
        self.step(
            &format!("(call $same (i32.const {BUFFER}) (i32.const {at}) (i32.const {len}))"),
            1,
        )
    }

    /// A read that doesn't give bytes.
    pub fn read_fails(self, number: i32, expected: i32) -> Steps {
        let name = self.name("read");
        self.step(
            &format!("(call {name} (i32.const {number}) (i32.const {BUFFER}) (i32.const 100))"),
            expected,
        )
    }

    pub fn write(mut self, number: i32, bytes: impl AsRef<[u8]>, expected: i32) -> Steps {
        let (name, len) = (self.name("write"), bytes.as_ref().len());
        let at = self.data(bytes.as_ref());
        self.step(
            &format!("(call {name} (i32.const {number}) (i32.const {at}) (i32.const {len}))"),
            expected,
        )
    }

    /// A write of all of `bytes`.
    pub fn writes(self, number: i32, bytes: impl AsRef<[u8]>) -> Steps {
        let len = bytes.as_ref().len() as i32;
        self.write(number, bytes, len)
    }

    pub fn flush(self, number: i32, expected: i32) -> Steps {
        let name = self.name(if self.system == System::Dagger1 { "sync" } else { "flush" });
        self.step(&format!("(call {name} (i32.const {number}))"), expected)
    }

    pub fn close(self, number: i32, expected: i32) -> Steps {
        let call = format!("(call {} (i32.const {number}))", self.name("close"));
        match self.system {
            System::Cwa(_) => self.instruction(&call),
            _ => self.step(&call, expected),
        }
    }

    /// The program's text.
    pub fn text(&self) -> String {
        let (two, three) = ("(param i32 i32) (result i32)", "(param i32 i32 i32) (result i32)");
        let one = "(param i32) (result i32)";
        let (module, functions) = match self.system {
            System::Dagger1 => (
                "dagger",
                [("open", two), ("read", three), ("write", three), ("sync", one), ("close", one)],
            ),
            System::Dagger2(module) => (
                module,
                [("open", two), ("read", three), ("write", three), ("flush", one), ("close", one)],
            ),
            System::Cwa(module) => (
                module,
                [
                    ("resource_open", two),
                    ("resource_read", three),
                    ("resource_write", three),
                    ("resource_flush", one),
                    ("resource_close", "(param i32)"),
                ],
            ),
        };
        let mut imports = self.imports.clone();
        for (name, ty) in functions {
            writeln!(imports, r#"(import "{module}" "{name}" (func ${name} {ty}))"#).unwrap();
        }
        let (entry, body, data, pages) =
            (self.entry, &self.body, &self.data, self.free / 0x1_0000 + 1);
        // What begins at `_start` ends there, or traps.
        let end = match entry {
            // What begins there returns nothing.
            "_start" => {
                "(func (export \"_start\") (if (call $steps) (then unreachable)))".to_owned()
            }
            _ => format!("(export \"{entry}\" (func $steps))"),
        };
        format!(
            r#"(module {imports} (memory {pages}) {data}
                 (func $same (param $a i32) (param $b i32) (param $len i32) (result i32)
                   (loop $next
                     (if (i32.eqz (local.get $len)) (then (return (i32.const 1))))
                     (local.set $len (i32.sub (local.get $len) (i32.const 1)))
                     (br_if $next (i32.eq
                       (i32.load8_u (i32.add (local.get $a) (local.get $len)))
                       (i32.load8_u (i32.add (local.get $b) (local.get $len))))))
                   (i32.const 0))
                 (func $steps (result i32) {body} (i32.const 0)) {end})"#
        )
    }

    pub fn run<S: AsRef<OsStr>>(&self, options: &[S], stdin: &str) -> Ended {
        run(
            &self.text(),
            options,
            stdin,
            tempfile::tempdir().expect("a temporary directory").path(),
        )
    }

    /// In a directory that is there.
    pub fn run_in<S: AsRef<OsStr>>(&self, options: &[S], directory: &TempDir) -> Ended {
        run(&self.text(), options, "", directory.path())
    }
}

/// `forebay run` of a program's text.
pub fn run<S: AsRef<OsStr>>(text: &str, options: &[S], stdin: &str, directory: &Path) -> Ended {
    let program = tempfile::Builder::new().suffix(".wat").tempfile().expect("a temporary file");
    std::fs::write(program.path(), text).expect("the program is written");
    let input = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(input.path(), stdin).expect("the input is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    // A program that waits for ever fails its test.
    let limited = options.iter().any(|option| option.as_ref() == "--timeout");
    command
        .arg("run")
        .args(if limited { &[][..] } else { &["--timeout", "30s"] })
        .args(options)
        .arg(program.path())
        .current_dir(directory);
    command.stdin(Stdio::from(input.reopen().expect("the input is there")));
    Ended(command.output().expect("forebay runs"))
}

/// How a program ended.
pub struct Ended(Output);

impl Ended {
    /// Every step returned what it should, or the program ended with this status.
    #[track_caller]
    pub fn ends(self, status: i32) -> Ended {
        let said = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(status), "{said}");
        self
    }

    /// Whether it ended with `status`, and not by a trap of its own.
    #[track_caller]
    pub fn survives(&self, status: i32, trap: i32) -> bool {
        let said = String::from_utf8_lossy(&self.0.stderr);
        let fault = said.contains("wasm `unreachable` instruction executed")
            || said.contains("out of bounds memory access");
        let survived = self.0.status.code() == Some(status);
        assert!(
            survived || (self.0.status.code() == Some(trap) && fault),
            "{:?}: {said}",
            self.0.status
        );
        survived
    }

    #[track_caller]
    pub fn prints(self, text: &str) -> Ended {
        assert_eq!(String::from_utf8_lossy(&self.0.stdout), text);
        self
    }

    /// Standard error has each of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Ended {
        let said = String::from_utf8_lossy(&self.0.stderr).into_owned();
        for part in parts {
            assert!(said.contains(part), "there is no {part:?} in {said}");
        }
        self
    }
}
