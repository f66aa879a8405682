//! Callers of plain functions: each makes the call that its argument names, and says what came of
//! it.

use crate::world::forebay::pairs::kinds::{self, Header, Point, Thing};
use crate::world::wasi::cli::stdin;

/// What a browser sends.
const HEADERS: [(&str, &str); 10] = [
    ("host", "shop.example"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-GB,en;q=0.7,de;q=0.3"),
    ("accept-encoding", "gzip, deflate, br"),
    ("connection", "close"),
    ("cookie", "session=4f2c9a17e5b84d0c9d3e; theme=dark"),
    ("x-forwarded-for", "198.51.100.7"),
    ("x-request-id", "9b2f7c1e-5a44-4b0e-8f0a-1d2c3b4a5968"),
    ("cache-control", "max-age=0"),
];

/// Makes the call. Every caller of plain functions is this one.
pub fn call(kind: &str) -> String {
    let (kind, times) = kind.split_once(' ').unwrap_or((kind, "1"));
    match kind {
        "scalar" => kinds::scalar(41).to_string(),
        "string" => kinds::text("stressed"),
        "bytes" => format!("{:?}", kinds::bytes(&[1, 2, 255])),
        "records" => {
            let points = kinds::points(&[Point { x: 1, y: 2 }, Point { x: 3, y: 4 }]);
            points.iter().map(|point| format!("{},{};", point.x, point.y)).collect()
        }
        "own" => kinds::swap(Thing::new(21)).get().to_string(),
        "borrow" => {
            let thing = Thing::new(7);
            format!("{} {}", kinds::look(&thing), thing.get())
        }
        "input-stream" => kinds::drain(stdin::get_stdin()),
        "headers" => {
            let own: Vec<Header> = HEADERS
                .map(|(name, value)| Header { name: name.into(), value: value.into() })
                .into();
            let mut headers = Vec::new();
            for _ in 0..times.parse().expect("a number") {
                headers = kinds::headers(&own);
                assert_eq!(headers.len(), own.len());
            }
            format!("{}={};", headers[5].name, headers[5].value)
        }
        "error" => format!("{:?}", kinds::fail("no luck")),
        "trap" => {
            kinds::trap();
            "it went on".to_owned()
        }
        #[cfg(feature = "caller-relay")]
        "relay" => {
            use crate::world::forebay::pairs::relay;
            format!("{} {}", relay::swap(Thing::new(21)).get(), relay::drain(stdin::get_stdin()))
        }
        _ => format!("there is no `{kind}`"),
    }
}

#[cfg(any(feature = "caller", feature = "caller-relay"))]
impl crate::world::Guest for crate::Pairs {
    fn main(kind: String) -> String {
        call(&kind)
    }
}

#[cfg(feature = "caller-async")]
impl crate::world::Guest for crate::Pairs {
    async fn main(kind: String) -> String {
        wit_bindgen::yield_async().await;
        call(&kind)
    }
}
