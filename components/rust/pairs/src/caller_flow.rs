//! Callers of async functions: each makes the call that its argument names, and says what came of
//! it.

use wit_bindgen::{StreamResult, spawn_local};

use crate::Pairs;
use crate::world::forebay::pairs::flow::{self, Point, Thing};
use crate::world::{Guest, wit_future, wit_stream};

impl Guest for Pairs {
    async fn main(kind: String) -> String {
        #[cfg(feature = "preview1")]
        crate::preview1::variables();
        let (kind, times) = kind.split_once(' ').unwrap_or((&kind, "1"));
        let times: u32 = times.parse().expect("a number");
        match kind {
            "scalar" => flow::scalar(41).await.to_string(),
            "string" => flow::text("stressed".to_owned()).await,
            "bytes" => format!("{:?}", flow::bytes(vec![1, 2, 255]).await),
            "records" => {
                let points = flow::points(vec![Point { x: 1, y: 2 }, Point { x: 3, y: 4 }]).await;
                points.iter().map(|point| format!("{},{};", point.x, point.y)).collect()
            }
            "own" => flow::swap(Thing::new(21)).await.get().await.to_string(),
            "borrow" => {
                let thing = Thing::new(7);
                format!("{} {}", flow::look(&thing).await, thing.get().await)
            }
            "stream" => {
                let (mut writer, reader) = wit_stream::new();
                spawn_local(async move {
                    for word in ["one ", "after ", "the other"] {
                        writer.write_all(word.as_bytes().to_vec()).await;
                    }
                });
                let mut capitals = flow::capitals(reader).await;
                let mut bytes = Vec::new();
                loop {
                    let (result, some) = capitals.read(Vec::with_capacity(4)).await;
                    bytes.extend(some);
                    if !matches!(result, StreamResult::Complete(_)) {
                        return String::from_utf8_lossy(&bytes).into_owned();
                    }
                }
            }
            "drain" => {
                let (mut writer, reader) = wit_stream::new();
                spawn_local(async move {
                    writer.write_all(b"all of it".repeat(100_000)).await;
                });
                flow::drain(reader).await.len().to_string()
            }
            "bulk" => {
                let (mut writer, reader) = wit_stream::new();
                spawn_local(async move {
                    let mut chunk = Vec::new();
                    for _ in 0..times {
                        chunk.resize(64 << 10, b'x');
                        chunk = writer.write_all(chunk).await;
                    }
                });
                flow::count(reader).await.to_string()
            }
            "future" => {
                let (writer, reader) = wit_future::new(String::new);
                spawn_local(async move {
                    let _ = writer.write("now".to_owned()).await;
                });
                flow::later(reader).await.await
            }
            "error" => format!("{:?}", flow::fail("no luck".to_owned()).await),
            "trap" => {
                flow::trap().await;
                "it went on".to_owned()
            }
            _ => format!("there is no `{kind}`"),
        }
    }
}
