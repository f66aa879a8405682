//! What a callee of WASI 0.3 offers: async functions, streams, futures. Each waits once before it
//! answers.

use wit_bindgen::{FutureReader, StreamReader, StreamResult, spawn_local, yield_async};

use crate::Pairs;
use crate::world::exports::forebay::pairs::flow::{Guest, GuestThing, Point, Thing, ThingBorrow};
use crate::world::{wit_future, wit_stream};

pub struct Number(u32);

impl GuestThing for Number {
    fn new(number: u32) -> Number {
        Number(number)
    }

    async fn get(&self) -> u32 {
        yield_async().await;
        self.0
    }
}

impl Guest for Pairs {
    type Thing = Number;

    async fn scalar(x: u32) -> u32 {
        #[cfg(feature = "preview1")]
        crate::preview1::variables();
        yield_async().await;
        x + 1
    }

    async fn text(x: String) -> String {
        yield_async().await;
        x.chars().rev().collect()
    }

    async fn bytes(x: Vec<u8>) -> Vec<u8> {
        yield_async().await;
        x.into_iter().rev().collect()
    }

    async fn points(x: Vec<Point>) -> Vec<Point> {
        yield_async().await;
        x.into_iter().map(|Point { x, y }| Point { x: y, y: x }).collect()
    }

    async fn swap(x: Thing) -> Thing {
        yield_async().await;
        Thing::new(Number(x.get::<Number>().0 * 2))
    }

    async fn look(x: ThingBorrow<'_>) -> u32 {
        yield_async().await;
        x.get::<Number>().0
    }

    async fn drain(mut input: StreamReader<u8>) -> String {
        let mut bytes = Vec::new();
        loop {
            let (result, some) = input.read(Vec::with_capacity(64 << 10)).await;
            bytes.extend(some);
            if !matches!(result, StreamResult::Complete(_)) {
                return String::from_utf8_lossy(&bytes).into_owned();
            }
        }
    }

    async fn count(mut input: StreamReader<u8>) -> u64 {
        let (mut total, mut buffer) = (0, Vec::with_capacity(64 << 10));
        loop {
            let result;
            (result, buffer) = input.read(buffer).await;
            total += buffer.len() as u64;
            buffer.clear();
            if !matches!(result, StreamResult::Complete(_)) {
                return total;
            }
        }
    }

    async fn capitals(mut input: StreamReader<u8>) -> StreamReader<u8> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            loop {
                let (result, mut some) = input.read(Vec::with_capacity(64 << 10)).await;
                some.make_ascii_uppercase();
                if !writer.write_all(some).await.is_empty()
                    || !matches!(result, StreamResult::Complete(_))
                {
                    return;
                }
            }
        });
        reader
    }

    async fn later(text: FutureReader<String>) -> FutureReader<String> {
        let (writer, reader) = wit_future::new(String::new);
        spawn_local(async move {
            let text = text.await;
            // Nobody needs to wait for it.
            let _ = writer.write(format!("{text}, later")).await;
        });
        reader
    }

    async fn fail(why: String) -> Result<u32, String> {
        yield_async().await;
        Err(why)
    }

    async fn trap() {
        yield_async().await;
        core::arch::wasm32::unreachable()
    }
}
