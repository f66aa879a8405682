//! Sockets: the standard's four functions and the WasmEdge extension, on `wasi:sockets`.
//!
//! The functions of other files that meet a socket have a second export, named `…:sockets`. The
//! host gives those to programs that can open sockets, and the plain ones to all others, whose
//! components then don't import `wasi:sockets`.

mod address;
mod bind;
mod create;
mod lookup;
mod name;
mod open;
mod option;
mod peek;
mod plain;
#[cfg(feature = "preopens")]
pub mod preopen;
pub mod ready;
mod state;
mod transfer;
mod unix;
mod wamr;

use crate::errno::{Errno, Result};
use crate::table::{self, Entry, Kind};
use crate::wasi::{io, sockets};

pub use state::{blocking, connected, done, each, forget_pollables, phase, settle, wait};

/// An open socket.
pub fn get(fd: u32) -> Result<&'static Entry> {
    let entry = table::get(fd)?;
    match entry.kind.get() {
        Kind::Tcp | Kind::Udp | Kind::Unix => Ok(entry),
        _ => Err(Errno::NOTSOCK),
    }
}

/// A TCP socket.
pub fn tcp(fd: u32) -> Result<&'static Entry> {
    let entry = get(fd)?;
    match entry.kind.get() {
        Kind::Tcp => Ok(entry),
        _ => Err(Errno::NOTSUP),
    }
}

/// Drops what a socket holds, streams first.
pub fn drop(entry: &Entry) {
    forget_pollables(entry);
    crate::arena::free_block(entry.block.get());
    if unix::is(entry) {
        return unix::drop(entry);
    }
    let (input, output, handle) = (entry.input.get(), entry.output.get(), entry.handle.get());
    unsafe {
        match entry.kind.get() {
            Kind::Tcp => {
                each(input, io::drop_input);
                each(output, io::drop_output);
                sockets::drop_tcp(handle);
            }
            _ => {
                each(input, sockets::drop_incoming);
                each(output, sockets::drop_outgoing);
                sockets::drop_udp(handle);
            }
        }
    }
}
