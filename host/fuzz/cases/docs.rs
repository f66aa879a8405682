//! Any bytes as the comments of a program, in each of its sections and beside it: read or left out;
//! no panic.

use std::fs;
use std::path::PathBuf;

use forebay::typed::Docs;
use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().expect("a folder");
}

/// One input.
pub fn run(bytes: &[u8]) {
    let path = |name: &str| -> PathBuf { FOLDER.with(|folder| folder.path().join(name)) };
    let mut program = b"\0asm\x0d\0\x01\0".to_vec();
    for name in ["package-docs", "forebay-wit"] {
        let section = [&[name.len() as u8], name.as_bytes(), bytes].concat();
        program.push(0);
        program.extend(leb(section.len()));
        program.extend(section);
    }
    fs::write(path("fuzz.wasm"), &program).expect("it can be written");
    fs::write(path("fuzz.wit"), bytes).expect("it can be written");
    Docs::of(&path("fuzz.wasm"), None);
    // The bytes as the program itself.
    fs::write(path("bare.wasm"), bytes).expect("it can be written");
    Docs::of(&path("bare.wasm"), None);
}

/// A length as WebAssembly has it.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
