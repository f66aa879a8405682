//! What a command of the probe ends with, the names of error codes, and the way to stdout.

use std::fmt::Debug;

use crate::wasi::cli::{stderr, stdout};
use crate::wasi::filesystem::types::filesystem_error_code;
use crate::wasi::http::types::http_error_code;
use crate::wasi::io::streams::{OutputStream, StreamError};

/// Nothing, or the name of the error code that the host answered with.
pub type Outcome<T = ()> = Result<T, String>;

/// An error that is the probe's own word, not a code of WASI's.
pub fn fail<T>(word: impl Into<String>) -> Outcome<T> {
    Err(word.into())
}

/// The name of an error code as its WIT spells it. What wit-bindgen prints holds it in one of two
/// ways: an enum as `name: "access-denied"`, a variant as `ErrorCode::AccessDenied`, perhaps with
/// its payload after it.
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

/// The name of what went wrong on a stream; the interface the stream came from may know a code for
/// it.
pub fn stream_code(error: StreamError) -> String {
    match error {
        StreamError::Closed => "closed".into(),
        StreamError::LastOperationFailed(error) => filesystem_error_code(&error)
            .map(code)
            .or_else(|| http_error_code(&error).map(code))
            .unwrap_or_else(|| error.to_debug_string()),
    }
}

/// Prints a line to stdout. A closed stdout is not the probe's business.
pub fn say(line: &str) {
    let _ = write_all(&stdout::get_stdout(), format!("{line}\n").as_bytes());
}

/// Prints a line to stderr.
pub fn complain(line: &str) {
    let _ = write_all(&stderr::get_stderr(), format!("{line}\n").as_bytes());
}

/// Writes all of `bytes`, in the 4096 bytes that WASI lets one blocking write have.
pub fn write_all(output: &OutputStream, bytes: &[u8]) -> Outcome {
    for chunk in bytes.chunks(4096) {
        output.blocking_write_and_flush(chunk).map_err(stream_code)?;
    }
    Ok(())
}
