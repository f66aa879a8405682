//! What the host gives to guests: WASI 0.2 and 0.3 as wasmtime implements them, with our guard at each door.
//!
//! wasmtime-wasi holds the mechanics (streams, descriptors, sockets). The files here add what it leaves open: a decision
//! per name and address, a note of each refusal, and standard streams that end a program when its reader has gone. A
//! capability never names the store's data type; it asks for it through [`Guarded`].

pub mod filesystem;
pub mod http;
pub mod lookup;
pub mod sockets;
pub mod stdio;

use std::sync::Arc;

use wasmtime::component::Linker;
use wasmtime_wasi::WasiView;
use wasmtime_wasi_http::WasiHttpView;

use crate::plan::Plan;
use crate::policy::Guard;

/// A store's data, as the capabilities see it.
pub trait Guarded: WasiView + WasiHttpView + 'static {
    /// Who decides what this guest may do.
    fn guard(&self) -> &Arc<Guard>;
}

/// Defines in `linker` what a plan needs, and nothing else: each definition takes time at every start.
///
/// # Errors
/// When an interface is defined twice, which is a fault of ours.
pub fn link<T: Guarded>(linker: &mut Linker<T>, plan: &Plan) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    if plan.wasi02 {
        wasmtime_wasi::p2::add_to_linker_async(linker)?;
        lookup::wasi02::link(linker)?;
        if plan.opens_files {
            filesystem::wasi02::link(linker)?;
        }
    }
    if plan.wasi03 {
        wasmtime_wasi::p3::add_to_linker(linker)?;
        lookup::wasi03::link(linker)?;
        if plan.opens_files {
            filesystem::wasi03::link(linker)?;
        }
    }
    if plan.http02 {
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    }
    if plan.http03 {
        wasmtime_wasi_http::p3::add_to_linker(linker)?;
    }
    Ok(())
}
