//! Random guests, links and edges: linking never panics, and what it accepts composes to a valid
//! component.

use super::graphs::{Bytes, check, check_surfaces, graph};

/// One input.
pub fn run(bytes: &[u8]) {
    check_surfaces(&mut Bytes(bytes));
    check(&graph(&mut Bytes(bytes)));
}
