//! What the host gives to guests: WASI 0.2 and 0.3 as wasmtime implements them, with our guard at each door.
//!
//! wasmtime-wasi holds the mechanics (streams, descriptors, sockets). The files here add what it leaves open: a decision
//! per name and address, a note of each refusal, and standard streams that end a program when its reader has gone. A
//! capability never names the store's data type; it asks for it through [`Guarded`].

mod file;
pub mod filesystem;
pub mod http;
pub mod lookup;
pub mod preopens;
pub mod sockets;
mod stream02;
mod stream03;
mod wasi02;
mod wasi03;

use std::sync::Arc;

use wasmtime::component::Linker;
use wasmtime_wasi::WasiView;
use wasmtime_wasi_http::WasiHttpView;

pub use crate::stream::stdio;

use crate::plan::Plan;
use crate::policy::Guard;
use crate::stream::Opener;

/// A store's data, as the capabilities see it.
pub trait Guarded: WasiView + WasiHttpView + 'static {
    /// Who decides what this guest may do.
    fn guard(&self) -> &Arc<Guard>;

    /// Who opens what this guest names by URL.
    fn opener(&self) -> &Opener;
}

/// Defines in `linker` the interfaces that a plan lists, and no others: each definition takes time at every start.
///
/// # Errors
/// When an interface can't be defined, which is a fault of ours.
pub fn link<T: Guarded>(linker: &mut Linker<T>, plan: &Plan) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    for interface in &plan.interfaces {
        let known = wasi02::link(linker, interface)?
            || wasi03::link(linker, interface)?
            || stream02::link(linker, interface)?
            || stream03::link(linker, interface)?
            || preopens::link(linker, interface)?;
        if !known {
            wasmtime::bail!("the host lists `{interface}` but doesn't define it");
        }
    }
    Ok(())
}
