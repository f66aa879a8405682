//! The case `archive` under `cargo fuzz`.
#![no_main]

#[path = "../cases/mod.rs"]
mod cases;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| cases::case("archive")(bytes));
