//! Callers of plain functions: each makes the call that its argument names, and says what came of it.

use crate::world::forebay::pairs::kinds::{self, Point, Thing};
use crate::world::wasi::cli::stdin;

/// Makes the call. Every caller of plain functions is this one.
pub fn call(kind: &str) -> String {
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
