//! Says what bytes are by their content, never by a file's name. Fuzzed by the target `detect`.
//!
//! The first eight bytes of a wasm binary are the magic `\0asm`, a version and a layer (core spec
//! §5.5.16; component model Binary.md): core modules have version 1, layer 0; components version
//! 13, layer 1.

use wasmtime::{Engine, Precompiled};

use crate::error::{Class, Error, Result};
use crate::load::foreign;

/// What a program's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A core module: a legacy program.
    Module,
    /// A component.
    Component,
    /// Machine code made by `forebay compile`.
    Precompiled,
}

/// Recognises `bytes`; text is assembled. Gives the form and the bytes in binary form.
///
/// # Errors
/// `Class::Program`, saying what the bytes are when they are not a program.
pub fn detect(name: &str, bytes: Vec<u8>) -> Result<(Form, Vec<u8>)> {
    let not = |why: String, hint: &str| {
        Error::new(Class::Program, format!("`{name}` is not a WebAssembly program"))
            .cause(why)
            .hint(hint)
    };
    if bytes.is_empty() {
        return Err(not(
            "it is empty".into(),
            "check the step that writes it: an interrupted build leaves empty files",
        ));
    }
    if let Some(rest) = bytes.strip_prefix(b"\0asm") {
        let Some(header) = rest.first_chunk::<4>() else {
            return Err(not(
                "it ends inside its header: the file is truncated".into(),
                "copy or build it again",
            ));
        };
        return match *header {
            [1, 0, 0, 0] => Ok((Form::Module, bytes)),
            [13, 0, 1, 0] => Ok((Form::Component, bytes)),
            [version, _, 1, 0] => Err(not(
                format!(
                    "it is a component in the binary format of an early draft (version {version}, not 13)"
                ),
                "build it again with current tools",
            )),
            [a, b, c, d] => Err(not(
                format!(
                    "its header says version {}, layer {}",
                    u16::from_le_bytes([a, b]),
                    u16::from_le_bytes([c, d])
                ),
                "core modules (version 1, layer 0) and components (version 13, layer 1) can run",
            )),
        };
    }
    match Engine::detect_precompiled(&bytes) {
        Some(Precompiled::Component) => return Ok((Form::Precompiled, bytes)),
        Some(Precompiled::Module) => {
            return Err(not(
                "it is a precompiled core module, made by another tool".into(),
                "give the .wasm file that it was made from, or compile that with `forebay compile`",
            ));
        }
        None => {}
    }
    if let Some((what, hint)) = foreign::known(&bytes) {
        return Err(not(format!("it is {what}"), hint));
    }
    if bytes.iter().all(|byte| *byte == 0) {
        return Err(not(
            "it is nothing but zeros: it was never written, or its disk is damaged".into(),
            "copy or build it again",
        ));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) if !text.contains('\0') && looks_like_wat(text) => assemble(name, text),
        Ok(text) if !text.contains('\0') => {
            let (what, hint) = foreign::text(name);
            Err(not(format!("it is {what}"), hint))
        }
        _ => Err(not(
            format!("it begins with {}", hex(&bytes)),
            "a wasm binary begins with 00 61 73 6d",
        )),
    }
}

/// Whether bytes are WebAssembly text, as far as their beginning tells.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    !bytes.starts_with(b"\0asm") && std::str::from_utf8(bytes).is_ok_and(looks_like_wat)
}

/// The form that the first eight bytes of a binary tell.
pub(super) fn binary_form(header: &[u8; 8]) -> Option<Form> {
    match header {
        b"\0asm\x01\0\0\0" => Some(Form::Module),
        b"\0asm\x0d\0\x01\0" => Some(Form::Component),
        _ => None,
    }
}

fn assemble(name: &str, text: &str) -> Result<(Form, Vec<u8>)> {
    let bytes = wat::Parser::new()
        .parse_str(Some(std::path::Path::new(name)), text.trim_start_matches('\u{feff}'))
        .map_err(|error| {
            Error::new(Class::Program, format!("`{name}` is not valid WebAssembly text"))
                .cause(error.to_string().trim_end())
        })?;
    let form = if bytes.get(6) == Some(&1) { Form::Component } else { Form::Module };
    Ok((form, bytes))
}

/// Whether the first token after white space and comments (`;; …` and nested `(; … ;)`) is an
/// opening parenthesis.
fn looks_like_wat(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        if let Some(line) = rest.strip_prefix(";;") {
            rest = line.split_once('\n').map_or("", |(_, after)| after).trim_start();
        } else if rest.starts_with("(;") {
            rest = after_block_comment(rest).trim_start();
        } else {
            return rest.starts_with('(');
        }
    }
}

fn after_block_comment(text: &str) -> &str {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'(', b';', ..] => (depth, at) = (depth + 1, at + 2),
            [b';', b')', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return &text[at..];
        }
    }
    ""
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expect: Result<Form, &str>) {
        match (detect("x", bytes.to_vec()), expect) {
            (Ok((form, _)), Ok(expected)) => assert_eq!(form, expected),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (got, _) => panic!("{got:?}"),
        }
    }

    #[test]
    fn programs_are_known_by_their_content() {
        check(b"\0asm\x01\0\0\0", Ok(Form::Module));
        check(b"\0asm\x0d\0\x01\0", Ok(Form::Component));
        check(b"(module)", Ok(Form::Module));
        check(b"\xef\xbb\xbf ;; a\n (; b (; c ;) ;) (component)", Ok(Form::Component));
    }

    #[test]
    fn what_is_no_program_is_named() {
        check(b"", Err("it is empty"));
        check(b"\0asm\x01", Err("truncated"));
        check(b"\0asm\x0c\0\x01\0", Err("early draft"));
        check(b"\0asm\x02\0\0\0", Err("version 2, layer 0"));
        check(b"\x7fELF\x02\x01\x01\0", Err("native (ELF)"));
        check(b"\x7fELF\x02\x01\x01\xc8", Err("`forebay compile` makes, cut short"));
        check(b"\xff\xfe(\0", Err("UTF-16"));
        check(b"%PDF-1.4", Err("a document"));
        check(b"version https://git-lfs.github.com/spec/v1\noid", Err("Git LFS"));
        check(b"#!/bin/sh\n", Err("a script"));
        check(b"hello", Err("not WebAssembly text"));
        check(&[0; 100], Err("nothing but zeros"));
        check(b"a\0b\0", Err("begins with 61 00 62 00"));
        check(b"\xff\x00\x01\x02", Err("begins with ff 00 01 02"));
        let told = |name: &str| detect(name, b"x = 1".to_vec()).unwrap_err().to_string();
        assert!(told("a.py").contains("componentize-py"), "{}", told("a.py"));
        assert!(told("a.rs").contains("source code"), "{}", told("a.rs"));
        assert!(told("a.wit").contains("types without code"), "{}", told("a.wit"));
        assert!(told("a.toml").contains("a composition"), "{}", told("a.toml"));
        check(b"(module (func", Err("not valid WebAssembly text"));
        check(b"(; never closed", Err("not WebAssembly text"));
    }
}
