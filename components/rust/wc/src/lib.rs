//! `wc`: counts lines, words and bytes of a WASI 0.2 stream.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: ["../../../wit/deps/io@0.2.12.wit", "wit"],
        world: "forebay:wc/wc",
        generate_all,
    });
}

use world::Counts;
use world::wasi::io::streams::{InputStream, StreamError};

/// How much is read at once, in bytes.
const CHUNK: u64 = 64 << 10;

struct Wc;

world::export!(Wc with_types_in world);

impl world::Guest for Wc {
    fn wc(input: InputStream) -> Result<Counts, String> {
        let mut counts = Counts { lines: 0, words: 0, bytes: 0 };
        let mut inside = false;
        loop {
            let chunk = match input.blocking_read(CHUNK) {
                Ok(chunk) => chunk,
                Err(StreamError::Closed) => return Ok(counts),
                Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
            };
            counts.bytes += chunk.len() as u64;
            for byte in chunk {
                counts.lines += u64::from(byte == b'\n');
                let blank = byte.is_ascii_whitespace() || byte == 0x0b;
                counts.words += u64::from(!blank && !inside);
                inside = !blank;
            }
        }
    }
}
