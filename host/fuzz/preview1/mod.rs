//! Random calls of preview 1, made in two implementations, and what may differ between them.
//!
//! One guest (`guest.rs`) does what a script says (`script.rs`): it puts bytes into its memory,
//! calls functions, and after each call logs the errno and a hash of all its memory. A script works
//! in a folder of its own (`scratch.rs`). `compare.rs` lays two logs beside each other;
//! `differences.rs` lists what is known to differ, with the reason.
//!
//! The guest stays the same so that it's compiled once: the scripts are the random part. Used by
//! the fuzz target `preview1` and by `tests/adapter/differential.rs`.

mod compare;
mod differences;
mod functions;
mod guest;
mod maker;
mod scratch;
mod script;

pub use compare::{Run, Verdict, before, compare, where_memory_differs};
pub use guest::guest;
pub use scratch::Scratch;
pub use script::Script;
