//! The caller: makes the call that its argument names, and says what came of it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use wit_bindgen::{StreamReader, StreamResult, StreamWriter, spawn_local};

use crate::Crossing;
use crate::world::forebay::crossing::flows;
use crate::world::{Guest, wit_future, wit_stream};

/// A stream of these items.
macro_rules! of {
    ($items:expr) => {{
        let (mut writer, reader) = wit_stream::new();
        spawn_local(async move {
            writer.write_all($items).await;
        });
        reader
    }};
}

/// All that a stream brings.
macro_rules! all {
    ($stream:expr) => {{
        let (mut stream, mut all) = ($stream, Vec::new());
        loop {
            let (result, some) = stream.read(Vec::with_capacity(64 << 10)).await;
            all.extend(some);
            if !matches!(result, StreamResult::Complete(_)) {
                break all;
            }
        }
    }};
}

/// Writes so many chunks of 64 KiB.
async fn write_chunks(writer: &mut StreamWriter<u8>, times: u32) {
    let mut chunk = Vec::new();
    for _ in 0..times {
        chunk.resize(64 << 10, b'x');
        chunk = writer.write_all(chunk).await;
    }
}

/// How many bytes a stream brings.
async fn length(mut stream: StreamReader<u8>) -> u64 {
    let (mut total, mut buffer) = (0, Vec::with_capacity(64 << 10));
    loop {
        let result;
        (result, buffer) = stream.read(buffer).await;
        total += buffer.len() as u64;
        buffer.clear();
        if !matches!(result, StreamResult::Complete(_)) {
            return total;
        }
    }
}

/// Both, at once.
async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut first, mut second) = (None, None);
    poll_fn(|cx| {
        if first.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(cx)
        {
            first = Some(value);
        }
        if second.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(cx)
        {
            second = Some(value);
        }
        match first.is_some() && second.is_some() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    (first.unwrap(), second.unwrap())
}

impl Guest for Crossing {
    async fn main(kind: String) -> String {
        let (kind, times) = kind.split_once(' ').unwrap_or((&kind, "1"));
        let times: u32 = times.parse().expect("a number");
        match kind {
            "capitals" => {
                let (mut writer, reader) = wit_stream::new();
                spawn_local(async move {
                    for word in ["one ", "after ", "the other"] {
                        writer.write_all(word.as_bytes().to_vec()).await;
                    }
                });
                String::from_utf8(all!(flows::capitals(reader).await)).unwrap()
            }
            "squares" => {
                let squares = all!(flows::squares(of!((0..times).collect())).await);
                format!("{} {}", squares.len(), squares.iter().sum::<u64>())
            }
            "halves" => format!("{:?}", all!(flows::halves(of!(vec![-3, 0, 5])).await)),
            "wider" => format!("{:?}", all!(flows::wider(of!(vec![-128, 127])).await)),
            "opposites" => format!("{:?}", all!(flows::opposites(of!(vec![true, false])).await)),
            "backwards" => {
                let lines: Vec<String> = (0..times).map(|line| format!("line {line}")).collect();
                let lines = all!(flows::backwards(of!(lines)).await);
                format!("{} {}", lines.len(), lines.last().unwrap())
            }
            "later" => {
                let (writer, reader) = wit_future::new(String::new);
                spawn_local(async move {
                    let _ = writer.write("now".to_owned()).await;
                });
                flows::later(reader).await.await
            }
            "doubled" => {
                let (writer, reader) = wit_future::new(|| 0);
                spawn_local(async move {
                    let _ = writer.write(21).await;
                });
                flows::doubled(reader).await.await.to_string()
            }
            "late" => {
                let (writer, reader) = wit_future::new(|| 0);
                spawn_local(async move {
                    let _ = writer.write(7).await;
                });
                flows::late(reader).await.await.to_string()
            }
            "ending" | "bad-ending" => {
                let (stream, ended) = flows::ending(u64::from(times), kind == "bad-ending").await;
                let total = length(stream).await;
                format!("{total} {:?}", ended.await)
            }
            "maybe" => {
                let none = flows::maybe(None).await.err().unwrap();
                let some = flows::maybe(Some(of!(b"a stream".to_vec()))).await.unwrap();
                format!("{none}, {}", String::from_utf8(all!(some)).unwrap())
            }
            "count" => {
                let (mut writer, reader) = wit_stream::new();
                spawn_local(async move { write_chunks(&mut writer, times).await });
                flows::count(reader).await.to_string()
            }
            "through" => {
                let (mut writer, reader) = wit_stream::new();
                spawn_local(async move { write_chunks(&mut writer, times).await });
                length(flows::capitals(reader).await).await.to_string()
            }
            "first" => {
                let (mut writer, reader) = wit_stream::new();
                // All but what was taken comes back.
                let write = async move { writer.write_all(vec![7; 1 << 20]).await.len() };
                let (rest, first) = both(write, flows::first(reader)).await;
                format!("{first} {}", rest > 0)
            }
            "zeros" => length(flows::zeros(u64::from(times)).await).await.to_string(),
            "texts" => {
                let texts = all!(flows::texts(times).await);
                texts.iter().map(String::len).sum::<usize>().to_string()
            }
            "two" => {
                // The second is opened before anybody reads the first.
                let (first, second) = (flows::zeros(1 << 20).await, flows::zeros(1 << 20).await);
                let (second, first) = (length(second).await, length(first).await);
                (first + second).to_string()
            }
            "dropped" => {
                drop(flows::zeros(1 << 30).await);
                flows::calls().await.to_string()
            }
            "breaks" => length(flows::breaks(u64::from(times)).await).await.to_string(),
            "meet" => format!("{:?}", both(flows::meet(), flows::meet()).await),
            "beside" => {
                let mut stuck = Vec::new();
                for _ in 0..times {
                    stuck.push(Box::pin(flows::stuck()));
                }
                poll_fn(|cx| {
                    stuck.iter_mut().for_each(|stuck| {
                        assert!(stuck.as_mut().poll(cx).is_pending());
                    });
                    Poll::Ready(())
                })
                .await;
                let calls = flows::calls().await.to_string();
                std::mem::forget(stuck);
                calls
            }
            "stuck" => {
                flows::stuck().await;
                "it came back".to_owned()
            }
            _ => format!("there is no `{kind}`"),
        }
    }
}
