//! A test instrument for typed calls of async functions, with streams and futures of the component
//! model.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: [
            "../../../wit/deps/io@0.2.12.wit",
            "../../../wit/stream.wit",
            "wit",
        ],
        world: "forebay:typed3/typed3",
        generate_all,
    });
}

use wit_bindgen::{FutureReader, StreamReader, StreamResult, spawn_local};
use world::forebay::stream::async_open as open;

/// How much is read at once, in bytes.
const CHUNK: usize = 64 << 10;

struct Typed3;

world::export!(Typed3 with_types_in world);

impl world::Guest for Typed3 {
    async fn length(input: StreamReader<u8>) -> u64 {
        all(input).await.len() as u64
    }

    async fn head(mut input: StreamReader<u8>, most: u32) -> StreamReader<u8> {
        let (mut writer, reader) = world::wit_stream::new();
        spawn_local(async move {
            let (_, bytes) = input.read(Vec::with_capacity(most as usize)).await;
            drop(input);
            writer.write_all(bytes).await;
        });
        reader
    }

    async fn concat(first: StreamReader<u8>, second: StreamReader<u8>) -> StreamReader<u8> {
        let (mut writer, reader) = world::wit_stream::new();
        spawn_local(async move {
            for mut input in [first, second] {
                loop {
                    let (result, bytes) = input.read(Vec::with_capacity(CHUNK)).await;
                    if !writer.write_all(bytes).await.is_empty() {
                        return;
                    }
                    if !matches!(result, StreamResult::Complete(_)) {
                        break;
                    }
                }
            }
        });
        reader
    }

    async fn reverse(mut lines: StreamReader<String>) -> StreamReader<String> {
        let (mut writer, reader) = world::wit_stream::new();
        spawn_local(async move {
            loop {
                let (result, some) = lines.read(Vec::with_capacity(16)).await;
                let turned = some.iter().map(|line| line.chars().rev().collect()).collect();
                if !writer.write_all(turned).await.is_empty()
                    || !matches!(result, StreamResult::Complete(_))
                {
                    return;
                }
            }
        });
        reader
    }

    async fn count(end: u32) -> StreamReader<u32> {
        let (mut writer, reader) = world::wit_stream::new();
        spawn_local(async move {
            writer.write_all((0..end).collect()).await;
        });
        reader
    }

    async fn later(text: String) -> FutureReader<String> {
        let (writer, reader) = world::wit_future::new(String::new);
        spawn_local(async move {
            // Nobody needs to wait for it.
            let _ = writer.write(text).await;
        });
        reader
    }

    async fn ending(
        text: String,
        fails: bool,
    ) -> (StreamReader<u8>, FutureReader<Result<(), String>>) {
        let (mut writer, reader) = world::wit_stream::new();
        let (end, ended) = world::wit_future::new(|| Ok(()));
        spawn_local(async move {
            writer.write_all(text.into_bytes()).await;
            drop(writer);
            let _ = end
                .write(if fails { Err("it failed in the end".to_owned()) } else { Ok(()) })
                .await;
        });
        (reader, ended)
    }

    async fn leak() -> StreamReader<u8> {
        let (writer, reader) = world::wit_stream::new();
        std::mem::forget(writer);
        reader
    }

    async fn wait_for_ever() {
        std::future::pending().await
    }

    async fn read(url: String) -> Result<String, String> {
        let (stream, ended) = open::source(url).await.map_err(|error| format!("{error:?}"))?;
        let bytes = all(stream).await;
        ended.await.map_err(|error| format!("{error:?}"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn write(url: String, text: String) -> Result<(), String> {
        let (mut writer, reader) = world::wit_stream::new();
        spawn_local(async move {
            writer.write_all(text.into_bytes()).await;
        });
        open::sink(url, reader).await.map_err(|error| format!("{error:?}"))
    }

    async fn dial(url: String, text: String) -> Result<String, String> {
        let peer = open::dial(url).await.map_err(|error| format!("{error:?}"))?;
        let (mut writer, reader) = world::wit_stream::new();
        let sent = peer.send(reader);
        writer.write_all(text.into_bytes()).await;
        drop(writer);
        sent.await.map_err(|error| format!("{error:?}"))?;
        let (answer, ended) = peer.receive();
        let bytes = all(answer).await;
        ended.await.map_err(|error| format!("{error:?}"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// All that a stream has.
async fn all(mut input: StreamReader<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let (result, some) = input.read(Vec::with_capacity(CHUNK)).await;
        bytes.extend(some);
        if !matches!(result, StreamResult::Complete(_)) {
            return bytes;
        }
    }
}
