//! `upper`: the smallest useful filter of the component model's own streams.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({ path: "wit", world: "upper" });
}

use wit_bindgen::{StreamReader, StreamResult};

/// How much is read at once, in bytes.
const CHUNK: usize = 256 << 10;

struct Upper;

world::export!(Upper with_types_in world);

impl world::Guest for Upper {
    async fn upper(input: StreamReader<u8>) -> StreamReader<u8> {
        let (mut writer, reader) = world::wit_stream::new();
        wit_bindgen::spawn_local(async move {
            let mut input = input;
            let mut buffer = Vec::with_capacity(CHUNK);
            loop {
                let (result, mut bytes) = input.read(buffer).await;
                bytes.make_ascii_uppercase();
                let left = writer.write_all(bytes).await;
                // Nobody wants the rest.
                if !left.is_empty() || !matches!(result, StreamResult::Complete(_)) {
                    return;
                }
                buffer = left;
                buffer.clear();
                buffer.reserve(CHUNK);
            }
        });
        reader
    }
}
