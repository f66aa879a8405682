//! Hands on what it's handed.

use crate::Pairs;
use crate::world::exports::forebay::pairs::relay::{Guest, InputStream};
use crate::world::forebay::pairs::kinds::{self, Thing};

impl Guest for Pairs {
    fn swap(x: Thing) -> Thing {
        kinds::swap(x)
    }

    fn drain(input: InputStream) -> String {
        kinds::drain(input)
    }
}
