//! Any text as the WIT that gives a legacy reactor typed exports: a component or an error with a
//! reason, the same each time; no panic.

use std::fs;
use std::sync::LazyLock;

use forebay::config::{Adapter, Legacy};
use forebay::error::Class;
use forebay::load::Program;
use tempfile::TempDir;

const REACTOR: &str = r#"(module
  (memory (export "memory") 1)
  (func (export "_initialize"))
  (func (export "add") (param i32 i32) (result i32) local.get 0)
  (func (export "to_upper") (param i32 i32) (result i32) i32.const 0)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))"#;

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().expect("a folder");
}

static PROGRAM: LazyLock<Program> =
    LazyLock::new(|| Program::recognise("fuzz", REACTOR.as_bytes().to_vec()).expect("a module"));

/// One input.
pub fn run(bytes: &[u8]) {
    let path = FOLDER.with(|folder| folder.path().join("fuzz.wit"));
    fs::write(&path, bytes).expect("it can be written");
    match PROGRAM.clone().lift(&path, None) {
        Ok(lifted) => {
            let again = PROGRAM.clone().lift(&path, None).expect("it was lifted just now");
            assert!(lifted.bytes == again.bytes, "the same text gives the same component");
            drop(lifted.component(Adapter::default(), &Legacy::default()));
        }
        Err(error) => {
            let own = matches!(error.class(), Class::Usage | Class::Program | Class::NotFound);
            assert!(own && !error.what().is_empty(), "{error}");
        }
    }
}
