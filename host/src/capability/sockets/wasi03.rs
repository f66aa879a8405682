//! `wasi:sockets` of WASI 0.3: one interface, which both makes sockets and holds their type.

use wasmtime_wasi::p3::bindings::sockets;
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};

use crate::capability::import::as_in_wasmtime;

as_in_wasmtime! {
    types => sockets::types, WasiSockets, T::sockets;
}
