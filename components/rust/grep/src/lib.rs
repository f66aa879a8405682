//! `grep`: the lines of any number of streams that match a regular expression.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: ["../../../wit/deps/io@0.2.12.wit", "wit"],
        world: "forebay:grep/grep",
        generate_all,
    });
}

use std::io::{self, BufWriter, Write};

use regex::bytes::{Regex, RegexBuilder};
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
        let mut output = BufWriter::with_capacity(CHUNK as usize, Sink { stream: &output });
        let mut found = 0;
        for (index, input) in inputs.iter().enumerate() {
            let prefix = if many { format!("{}:", index + 1) } else { String::new() };
            let shown = if silent { None } else { Some(prefix.as_str()) };
            found +=
                search(&regex, input, &mut output, shown).map_err(|error| error.to_string())?;
        }
        output.flush().map_err(|error| error.to_string())?;
        Ok(found)
    }
}

/// Writes each matching line after the prefix, if there is one; returns their number. What one read
/// brought is written before the next read, which may take long.
fn search(
    regex: &Regex,
    input: &InputStream,
    output: &mut impl Write,
    prefix: Option<&str>,
) -> io::Result<u64> {
    // A line that an earlier read began.
    let mut started = Vec::new();
    let mut found = 0;
    let mut look = |line: &[u8], output: &mut dyn Write| {
        if regex.is_match(line) {
            found += 1;
            if let Some(prefix) = prefix {
                output.write_all(prefix.as_bytes())?;
                output.write_all(line)?;
                output.write_all(b"\n")?;
            }
        }
        Ok::<(), io::Error>(())
    };
    loop {
        let chunk = match input.blocking_read(CHUNK) {
            Ok(chunk) => chunk,
            Err(StreamError::Closed) => break,
            Err(error) => return Err(told(error)),
        };
        let mut rest = chunk.as_slice();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            if started.is_empty() {
                look(&rest[..end], output)?;
            } else {
                started.extend_from_slice(&rest[..end]);
                look(&started, output)?;
                started.clear();
            }
            rest = &rest[end + 1..];
        }
        started.extend_from_slice(rest);
        output.flush()?;
    }
    if !started.is_empty() {
        look(&started, output)?;
    }
    Ok(found)
}

/// A stream as `std` writes one, as much at once as it takes.
struct Sink<'a> {
    stream: &'a OutputStream,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let room =
                usize::try_from(self.stream.check_write().map_err(told)?).unwrap_or(usize::MAX);
            if room > 0 {
                let count = bytes.len().min(room);
                self.stream.write(&bytes[..count]).map_err(told)?;
                return Ok(count);
            }
            self.stream.subscribe().block();
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.blocking_flush().map_err(told)
    }
}

/// What went wrong, in the host's words.
fn told(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => io::Error::other("the output was closed"),
        StreamError::LastOperationFailed(error) => io::Error::other(error.to_debug_string()),
    }
}
