//! `parrot`: serves connections. It greets each by its address, says again what it's told line by
//! line, and ends at `quit`. `fail` is an error, `trap` a trap.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: ["../../../wit/deps/io@0.2.12.wit", "../../../wit/stream.wit", "wit"],
        world: "forebay:parrot/parrot",
        generate_all,
    });
}

use world::exports::forebay::stream::handler;
use world::forebay::stream::connection::Connection;
use world::wasi::io::streams::{InputStream, OutputStream, StreamError};

/// How much is read at once, in bytes.
const CHUNK: u64 = 4096;

struct Parrot;

world::export!(Parrot with_types_in world);

impl handler::Guest for Parrot {
    fn handle(connection: Connection) -> Result<(), String> {
        let told = |error| format!("{error:?}");
        let (input, output) = (connection.input().map_err(told)?, connection.output().map_err(told)?);
        say(&output, format!("hello {}\n", connection.peer_address()).as_bytes())?;
        speak(&input, &output)
    }
}

fn speak(input: &InputStream, output: &OutputStream) -> Result<(), String> {
    let mut heard = Vec::new();
    loop {
        match input.blocking_read(CHUNK) {
            Ok(chunk) => heard.extend(chunk),
            Err(StreamError::Closed) => return say(output, &heard),
            Err(error) => return Err(format!("{error:?}")),
        }
        while let Some(end) = heard.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = heard.drain(..=end).collect();
            match line.as_slice() {
                b"quit\n" => return say(output, b"bye\n"),
                b"fail\n" => return Err("it was told to fail".to_owned()),
                b"trap\n" => core::arch::wasm32::unreachable(),
                line => say(output, line)?,
            }
        }
    }
}

fn say(output: &OutputStream, bytes: &[u8]) -> Result<(), String> {
    for piece in bytes.chunks(4096) {
        output.blocking_write_and_flush(piece).map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}
