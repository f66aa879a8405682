//! What the host gives to guests: WASI 0.2 and 0.3 as wasmtime implements them, with our guard at
//! each door.
//!
//! wasmtime-wasi holds the mechanics (streams, descriptors, sockets). The files here add what it
//! leaves open: a decision per name and address, a note of each refusal, and standard streams that
//! end a program when its reader has gone. A capability never names the store's data type; it asks
//! for it through [`Guarded`].

mod cli;
mod clocks;
mod file;
pub mod filesystem;
pub mod http;
mod import;
mod io;
mod link;
pub mod lookup;
pub(crate) mod mount;
pub mod preopens;
mod random;
pub mod sockets;
mod stream02;
mod stream03;

use std::sync::Arc;

use wasmtime_wasi::WasiView;
use wasmtime_wasi_http::WasiHttpView;

pub use link::link;

pub use crate::stream::stdio;

use crate::policy::Guard;
use crate::stream::{Mounts, Opener};

/// A store's data, as the capabilities see it. The guests in it are numbered; 0 is the main one.
pub trait Guarded: WasiView + WasiHttpView + 'static {
    /// Who decides what a guest may do.
    fn guard(&self, guest: usize) -> &Arc<Guard>;

    /// Who opens what a guest names by URL.
    fn opener(&self, guest: usize) -> &Opener;

    /// Has the views of this data be those of `guest`; gives whose they were.
    fn act_as(&mut self, guest: usize) -> usize;

    /// Files of the main guest that aren't on a disk.
    fn mounts(&mut self) -> &mut Mounts;

    /// Which guest an open file or directory came to the graph by.
    fn owner(&self, descriptor: u32) -> usize;

    /// Notes which guest an open file or directory came to the graph by.
    fn set_owner(&mut self, descriptor: u32, guest: usize);
}
