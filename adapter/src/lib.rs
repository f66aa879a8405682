//! WASI preview 1, its socket dialects included, on standard WASI 0.2 interfaces.
//!
//! `wit-component` instantiates this module beside a legacy module, on that module's memory. The
//! legacy module has been moved up by `layout::SHIFT` bytes (see `host/src/load/legacy/shift.rs`),
//! so everything below that address is ours: stack, state, descriptor table and a scratch arena at
//! fixed places, described in `layout.rs` and in README.md.
//!
//! Each file holds one group of preview-1 functions. An export returns an errno as preview 1
//! defines it; a pointer outside of the guest's memory traps, as the preview-1 document asks.

#![no_std]
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

mod abi;
mod arena;
mod args;
mod clock;
mod descriptor;
mod entry;
mod errno;
mod fdstat;
mod file;
mod filestat;
mod guest;
mod iovec;
mod layout;
mod path;
mod poll;
mod proc;
mod random;
mod readiness;
mod readdir;
mod resource;
mod socket;
mod stream;
mod table;
mod unstable;
mod wasi;

/// Nothing here panics on purpose; a bug stops the guest, never the host.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
