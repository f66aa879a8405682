//! `grep`: the lines of any number of streams that match a regular expression.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: ["../../../wit/deps/io@0.2.12.wit", "wit"],
        world: "forebay:grep/grep",
        generate_all,
    });
}

use regex_lite::{Regex, RegexBuilder};
use world::wasi::io::streams::{InputStream, OutputStream, StreamError};

/// How much is read at once, in bytes.
const CHUNK: u64 = 64 << 10;

struct Grep;

world::export!(Grep with_types_in world);

impl world::Guest for Grep {
    fn grep(
        pattern: String,
        inputs: Vec<InputStream>,
        output: OutputStream,
        ignore_case: Option<bool>,
        count: Option<bool>,
    ) -> Result<u64, String> {
        let regex = RegexBuilder::new(&pattern)
            .case_insensitive(ignore_case.unwrap_or(false))
            .build()
            .map_err(|error| error.to_string())?;
        let many = inputs.len() > 1;
        let silent = count.unwrap_or(false);
        let mut found = 0;
        for (index, input) in inputs.iter().enumerate() {
            let prefix = if many { format!("{}:", index + 1) } else { String::new() };
            found += search(&regex, input, |line| {
                if silent { Ok(()) } else { write(&output, format!("{prefix}{line}\n").as_bytes()) }
            })?;
        }
        Ok(found)
    }
}

/// Hands each matching line to `show`; returns their number.
fn search(regex: &Regex, input: &InputStream, mut show: impl FnMut(&str) -> Result<(), String>) -> Result<u64, String> {
    let mut started = Vec::new();
    let mut found = 0;
    let mut look = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        if regex.is_match(&line) {
            found += 1;
            show(&line)?;
        }
        Ok::<(), String>(())
    };
    loop {
        let chunk = match input.blocking_read(CHUNK) {
            Ok(chunk) => chunk,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        };
        let mut rest = chunk.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            started.extend_from_slice(&rest[..end]);
            look(&started)?;
            started.clear();
            rest = &rest[end + 1..];
        }
        started.extend_from_slice(rest);
    }
    if !started.is_empty() {
        look(&started)?;
    }
    Ok(found)
}

/// Writes all of `bytes`, in pieces that the stream takes.
fn write(output: &OutputStream, bytes: &[u8]) -> Result<(), String> {
    for piece in bytes.chunks(4096) {
        output.blocking_write_and_flush(piece).map_err(|error| match error {
            StreamError::Closed => "the output was closed".to_owned(),
            StreamError::LastOperationFailed(error) => error.to_debug_string(),
        })?;
    }
    Ok(())
}
