//! What a command of the probe ends with, the names of error codes, and the way to stdout and
//! stderr.

use std::fmt::Debug;

use wit_bindgen::StreamReader;

use crate::wasi::cli::{stderr, stdout};
use crate::world::wit_stream;

/// Nothing, or the name of the error code that the host answered with.
pub type Outcome<T = ()> = Result<T, String>;

/// An error that is the probe's own word, not a code of WASI's.
pub fn fail<T>(word: impl Into<String>) -> Outcome<T> {
    Err(word.into())
}

/// The name of an error code as its WIT spells it. What wit-bindgen prints holds it in one of two
/// ways: an enum as `name: "illegal-byte-sequence"`, a variant as `ErrorCode::AccessDenied`,
/// perhaps with its payload after it.
pub fn code(error: impl Debug) -> String {
    let debug = format!("{error:?}");
    if let Some((_, rest)) = debug.split_once("name: \"") {
        return rest.split('"').next().unwrap_or_default().into();
    }
    let name = debug.split('(').next().unwrap_or_default();
    let name = name.rsplit("::").next().unwrap_or_default();
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

/// Prints a line to stdout. A closed stdout is not the probe's business.
pub async fn say(line: &str) {
    let (mut bytes, reader) = wit_stream::new();
    let written = stdout::write_via_stream(reader);
    bytes.write_all(format!("{line}\n").into_bytes()).await;
    drop(bytes);
    let _ = written.await;
}

/// Prints a line to stderr.
pub async fn complain(line: &str) {
    let (mut bytes, reader) = wit_stream::new();
    let written = stderr::write_via_stream(reader);
    bytes.write_all(format!("{line}\n").into_bytes()).await;
    drop(bytes);
    let _ = written.await;
}

/// Copies a stream to stdout, through the guest's own memory.
pub async fn pour(input: StreamReader<u8>) -> Outcome {
    let (bytes, reader) = wit_stream::new();
    let written = stdout::write_via_stream(reader);
    crate::net::pump(input, bytes).await;
    written.await.map_err(code)
}
