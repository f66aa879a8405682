//! What the host gives to guests: WASI 0.2 and 0.3 as wasmtime implements them, with our guard at
//! each door.
//!
//! wasmtime-wasi holds the mechanics (streams, descriptors, sockets). The files here add what it
//! leaves open: a decision per name and address, a note of each refusal, and standard streams that
//! end a program when its reader has gone. A capability never names the store's data type; it asks
//! for it through [`Guarded`].

mod cli;
pub(crate) mod clocks;
mod conversions;
mod file;
pub mod filesystem;
pub mod held;
pub mod http;
mod import;
mod io;
mod link;
pub mod lookup;
mod node;
mod node02;
mod node03;
mod opening;
pub mod preopens;
mod random;
pub mod sockets;
mod special;
mod stream02;
mod stream03;
mod streams;

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime_wasi::WasiView;
use wasmtime_wasi::filesystem::{Descriptor, Dir};
use wasmtime_wasi_http::WasiHttpView;

pub use link::link;

pub use crate::stream::stdio;

use crate::capability::held::Held;
use crate::fs::{NodeRef, Nodes};
use crate::policy::Guard;
use crate::stream::Opener;

/// A store's data, as the capabilities see it. The guests in it are numbered; 0 is the main one.
pub trait Guarded: WasiView + WasiHttpView + 'static {
    /// Who decides what a guest may do.
    fn guard(&self, guest: usize) -> &Arc<Guard>;

    /// Who opens what a guest names by URL.
    fn opener(&self, guest: usize) -> &Opener;

    /// Has the views of this data be those of `guest`; gives whose they were.
    fn act_as(&mut self, guest: usize) -> usize;

    /// Says whether a guest binds a socket now.
    fn binds(&mut self, itself: bool);

    /// What is held of HTTP for the guests, charged to the main one.
    fn held(&mut self) -> &mut Held;

    /// Paths of requests that don't begin at the root, by the requests' numbers.
    fn relative_paths(&mut self) -> &mut BTreeMap<u32, String>;

    /// Which open files and directories are of our own file systems.
    fn nodes(&mut self) -> &mut Nodes;

    /// What stands in the table for such a one.
    fn stand_in(&self) -> Descriptor;

    /// The directories that a guest finds open.
    fn preopened(&self, guest: usize) -> &[Preopened];

    /// Which grant an open file or directory came by.
    fn origin(&self, descriptor: u32) -> Origin;

    /// Notes which grant an open file or directory came by.
    fn set_origin(&mut self, descriptor: u32, origin: Origin);

    /// The size that an open file was seen to have last, 0 at first.
    fn size_seen(&mut self, descriptor: u32) -> &mut u64;
}

/// A directory that a guest finds open.
#[derive(Clone)]
pub struct Preopened {
    /// Its place among the guest's grants, unless it's mounted.
    pub grant: Option<usize>,
    /// The directory.
    pub directory: Directory,
    /// The path under which the guest sees it.
    pub name: String,
}

/// A directory, the host's or our own.
#[derive(Clone)]
pub enum Directory {
    /// One that wasmtime-wasi looks after.
    Host(Dir),
    /// One of our own file systems, or of the host's with such mounted below.
    Own(NodeRef),
}

/// By which grant an open file or directory came to a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The guest that has the grant.
    pub guest: usize,
    /// The place among its directories; `None` if the user handed it over, or it came from another
    /// store.
    pub grant: Option<usize>,
}
