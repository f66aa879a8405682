//! `wasi:random`: it gives no authority.

use wasmtime_wasi::p2::bindings::random as random02;
use wasmtime_wasi::p3::bindings::random as random03;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};

use crate::capability::import::as_in_wasmtime;

as_in_wasmtime! {
    insecure_seed02 => random02::insecure_seed, WasiRandom, T::random;
    insecure02 => random02::insecure, WasiRandom, T::random;
    random02 => random02::random, WasiRandom, T::random;
    insecure_seed03 => random03::insecure_seed, WasiRandom, T::random;
    insecure03 => random03::insecure, WasiRandom, T::random;
    random03 => random03::random, WasiRandom, T::random;
}
