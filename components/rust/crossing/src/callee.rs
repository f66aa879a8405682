//! What the callee offers.

use std::cell::Cell;

use wit_bindgen::{FutureReader, StreamReader, StreamResult, spawn_local, yield_async};

use crate::Crossing;
use crate::world::exports::forebay::crossing::flows::Guest;
use crate::world::{wit_future, wit_stream};

/// How much is read and written at once, in items.
const CHUNK: usize = 16 << 10;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static MET: Cell<u32> = const { Cell::new(0) };
}

/// A stream of what `each` makes of every item, as they come.
macro_rules! mapped {
    ($input:ident, $each:expr) => {{
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            let mut input = $input;
            loop {
                let (result, some) = input.read(Vec::with_capacity(CHUNK)).await;
                let some = some.into_iter().map($each).collect();
                if !writer.write_all(some).await.is_empty()
                    || !matches!(result, StreamResult::Complete(_))
                {
                    return;
                }
            }
        });
        reader
    }};
}

/// Writes so many zeros.
async fn write_zeros(writer: &mut wit_bindgen::StreamWriter<u8>, count: u64) {
    let mut left = count;
    while left > 0 {
        let some = left.min(64 << 10);
        if !writer.write_all(vec![0; some as usize]).await.is_empty() {
            return;
        }
        left -= some;
    }
}

impl Guest for Crossing {
    async fn capitals(input: StreamReader<u8>) -> StreamReader<u8> {
        CALLS.set(CALLS.get() + 1);
        mapped!(input, |byte: u8| byte.to_ascii_uppercase())
    }

    async fn squares(input: StreamReader<u32>) -> StreamReader<u64> {
        mapped!(input, |number: u32| u64::from(number) * u64::from(number))
    }

    async fn halves(input: StreamReader<i64>) -> StreamReader<f64> {
        mapped!(input, |number: i64| number as f64 / 2.0)
    }

    async fn wider(input: StreamReader<i8>) -> StreamReader<i16> {
        mapped!(input, i16::from)
    }

    async fn opposites(input: StreamReader<bool>) -> StreamReader<bool> {
        mapped!(input, |is: bool| !is)
    }

    async fn backwards(lines: StreamReader<String>) -> StreamReader<String> {
        mapped!(lines, |line: String| line.chars().rev().collect::<String>())
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

    async fn doubled(number: FutureReader<u32>) -> FutureReader<u64> {
        let (writer, reader) = wit_future::new(|| 0);
        spawn_local(async move {
            let number = number.await;
            let _ = writer.write(u64::from(number) * 2).await;
        });
        reader
    }

    async fn ending(
        count: u64,
        fails: bool,
    ) -> (StreamReader<u8>, FutureReader<Result<(), String>>) {
        let (mut writer, reader) = wit_stream::new();
        let (end, ended) = wit_future::new(|| Ok(()));
        spawn_local(async move {
            write_zeros(&mut writer, count).await;
            drop(writer);
            let how = if fails { Err("it failed in the end".to_owned()) } else { Ok(()) };
            let _ = end.write(how).await;
        });
        (reader, ended)
    }

    async fn maybe(input: Option<StreamReader<u8>>) -> Result<StreamReader<u8>, String> {
        input.ok_or_else(|| "there is no stream".to_owned())
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

    async fn first(mut input: StreamReader<u8>) -> u8 {
        let (_, some) = input.read(Vec::with_capacity(1)).await;
        some[0]
    }

    async fn zeros(count: u64) -> StreamReader<u8> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move { write_zeros(&mut writer, count).await });
        reader
    }

    async fn breaks(after: u64) -> StreamReader<u8> {
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            write_zeros(&mut writer, after).await;
            core::arch::wasm32::unreachable()
        });
        reader
    }

    async fn texts(size: u32) -> StreamReader<String> {
        let (mut writer, reader) = wit_stream::new();
        let text = "x".repeat(size as usize);
        spawn_local(async move {
            writer.write_all(vec![text; 16]).await;
        });
        reader
    }

    async fn meet() -> u32 {
        let number = MET.get() + 1;
        MET.set(number);
        while MET.get() < 2 {
            yield_async().await;
        }
        number
    }

    async fn stuck() {
        let (writer, reader) = wit_future::new(|| 0_u32);
        std::mem::forget(writer);
        reader.await;
    }

    async fn late(number: FutureReader<u32>) -> FutureReader<u32> {
        number
    }

    async fn calls() -> u32 {
        CALLS.set(CALLS.get() + 1);
        CALLS.get()
    }
}
