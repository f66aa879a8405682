//! `wasi:clocks`: they give no authority.

use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::clocks as clocks02;
use wasmtime_wasi::p3::bindings::clocks as clocks03;

use crate::capability::import::as_in_wasmtime;

as_in_wasmtime! {
    monotonic02 => clocks02::monotonic_clock, WasiClocks, T::clocks;
    wall02 => clocks02::wall_clock, WasiClocks, T::clocks;
    monotonic03 => clocks03::monotonic_clock, WasiClocks, T::clocks;
    system03 => clocks03::system_clock, WasiClocks, T::clocks;
    types03 => clocks03::types, WasiClocks, T::clocks;
}
