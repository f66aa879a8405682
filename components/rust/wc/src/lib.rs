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
        let mut last = b' ';
        loop {
            let chunk = match input.blocking_read(CHUNK) {
                Ok(chunk) => chunk,
                Err(StreamError::Closed) => return Ok(counts),
                Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
            };
            let Some(&end) = chunk.last() else { continue };
            counts.bytes += chunk.len() as u64;
            count(&mut counts, last, &chunk);
            last = end;
        }
    }
}

/// Counts the lines and words of `bytes`, which come after the byte `last`. A word begins where
/// white space ends. The sum of a block fits into a byte, so that the compiler adds sixteen at a
/// time.
fn count(counts: &mut Counts, last: u8, bytes: &[u8]) {
    counts.words += u64::from(is_space(last) & !is_space(bytes[0]));
    for block in bytes.chunks(255) {
        counts.lines += u64::from(block.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>());
    }
    for (befores, block) in bytes.chunks(255).zip(bytes[1..].chunks(255)) {
        let begins = befores
            .iter()
            .zip(block)
            .map(|(&before, &byte)| u8::from(is_space(before) & !is_space(byte)));
        counts.words += u64::from(begins.sum::<u8>());
    }
}

/// What C calls white space.
fn is_space(byte: u8) -> bool {
    byte == b' ' || byte.wrapping_sub(b'\t') < 5
}
