//! A test instrument for typed calls: an interface of echoes, one of streams, one of bad ends, one
//! of opens.

mod measure;
mod opens;

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: [
            "../../../wit/deps/io@0.2.12.wit",
            "../../../wit/deps/clocks@0.2.12.wit",
            "../../../wit/deps/filesystem@0.2.12.wit",
            "../../../wit/stream.wit",
            "wit",
        ],
        world: "forebay:typed/typed",
        generate_all,
    });
}

use std::cell::Cell;

use world::exports::forebay::typed::echo::{Access, Nested, Point, Shape, Size};
use world::exports::forebay::typed::{echo, ends};

struct Typed;

world::export!(Typed with_types_in world);

macro_rules! echoes {
    ($($name:ident: $ty:ty),* $(,)?) => {
        impl echo::Guest for Typed {
            $(fn $name(value: $ty) -> $ty {
                value
            })*
        }
    };
}

echoes! {
    of_bool: bool, of_u8: u8, of_s8: i8, of_u16: u16, of_s16: i16, of_u32: u32, of_s32: i32, of_u64: u64, of_s64: i64,
    of_f32: f32, of_f64: f64, of_char: char, of_string: String, of_bytes: Vec<u8>, of_strings: Vec<String>,
    of_option: Option<u32>, of_result: Result<u32, String>, of_tuple: (u8, String), of_point: Point, of_shape: Shape,
    of_size: Size, of_access: Access, of_nested: Nested,
}

/// The resource of our own.
struct Counter(Cell<u32>);

impl ends::GuestCounter for Counter {
    fn new(start: u32) -> Self {
        Counter(Cell::new(start))
    }

    fn next(&self) -> u32 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }
}

impl ends::Guest for Typed {
    type Counter = Counter;

    fn fail(message: String) -> Result<String, String> {
        Err(message)
    }

    fn trap() {
        core::arch::wasm32::unreachable()
    }

    fn nothing() {}

    fn of_u8(value: u8) -> u8 {
        value
    }

    fn make() -> ends::Counter {
        ends::Counter::new(Counter(Cell::new(0)))
    }

    fn take(it: ends::CounterBorrow<'_>) -> u32 {
        it.get::<Counter>().0.get()
    }
}
