//! The WASI 0.2 functions the adapter calls, as the canonical ABI lowers them. One file per
//! package.
//!
//! A function that returns more than one flat value writes it to its last argument; the structs
//! beside the functions are those results, laid out as the canonical ABI lays them out.

pub mod cli;
pub mod clocks;
pub mod filesystem;
pub mod forebay;
pub mod io;
#[cfg(feature = "preopens")]
pub mod preview1;
pub mod random;
pub mod sockets;
