//! Random guests, links and edges: linking never panics, and what it accepts composes to a valid
//! component.
#![no_main]

#[path = "../graphs.rs"]
mod graphs;

use graphs::{Bytes, check, check_surfaces, graph};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    check_surfaces(&mut Bytes(bytes));
    check(&graph(&mut Bytes(bytes)));
});
