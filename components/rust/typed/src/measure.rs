//! Streams, descriptors and connections as arguments.

use crate::Typed;
use crate::world::exports::forebay::typed::measure::{
    Connection, Descriptor, Guest, InputStream, Labelled, OutputStream,
};
use crate::world::wasi::filesystem::types::DescriptorType;
use crate::world::wasi::io::streams::StreamError;

impl Guest for Typed {
    fn of_stream(input: InputStream) -> Result<u64, String> {
        length(&input)
    }

    fn of_borrowed(input: &InputStream) -> Result<u64, String> {
        length(input)
    }

    fn of_list(inputs: Vec<InputStream>) -> Result<Vec<u64>, String> {
        inputs.iter().map(length).collect()
    }

    fn of_option(input: Option<InputStream>) -> Result<Option<u64>, String> {
        input.as_ref().map(length).transpose()
    }

    fn of_record(value: Labelled) -> Result<String, String> {
        Ok(format!("{}: {}", value.label, length(&value.input)?))
    }

    fn of_tuple((first, second): (InputStream, InputStream)) -> Result<u64, String> {
        Ok(length(&first)? + length(&second)?)
    }

    fn of_descriptor(value: Descriptor) -> Result<String, String> {
        let told = |code| format!("{code:?}");
        match value.get_type().map_err(told)? {
            DescriptorType::Directory => {
                let entries = value.read_directory().map_err(told)?;
                let mut names = Vec::new();
                while let Some(entry) = entries.read_directory_entry().map_err(told)? {
                    names.push(entry.name);
                }
                names.sort();
                Ok(format!("a directory of {}", names.join(", ")))
            }
            _ => {
                let size = value.stat().map_err(told)?.size;
                let writable = value.write(b"", 0).is_ok();
                Ok(format!("a file of {size} bytes{}", if writable { ", to write" } else { "" }))
            }
        }
    }

    fn ask(peer: Connection, text: String) -> Result<String, String> {
        ask(&peer, &text)
    }

    fn tee(input: InputStream, first: OutputStream, second: OutputStream) -> Result<(), String> {
        loop {
            match input.blocking_read(4096) {
                Ok(chunk) => {
                    first.blocking_write_and_flush(&chunk).map_err(told)?;
                    second.blocking_write_and_flush(&chunk).map_err(told)?;
                }
                Err(StreamError::Closed) => return Ok(()),
                Err(error) => return Err(told(error)),
            }
        }
    }

    fn back(input: InputStream) -> InputStream {
        input
    }
}

/// Sends, half-closes, and reads the answer.
pub fn ask(peer: &Connection, text: &str) -> Result<String, String> {
    let broken = |error| format!("{error:?}");
    let (input, output) = (peer.input().map_err(broken)?, peer.output().map_err(broken)?);
    output.blocking_write_and_flush(text.as_bytes()).map_err(told)?;
    peer.finish().map_err(broken)?;
    let answer = read(&input)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// All that a stream has.
pub fn read(input: &InputStream) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        match input.blocking_read(64 << 10) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(error) => return Err(told(error)),
        }
    }
}

fn length(input: &InputStream) -> Result<u64, String> {
    read(input).map(|bytes| bytes.len() as u64)
}

/// What went wrong with a stream.
pub fn told(error: StreamError) -> String {
    match error {
        StreamError::Closed => "closed".to_owned(),
        StreamError::LastOperationFailed(error) => error.to_debug_string(),
    }
}
