//! `wasi:clocks`: they give no authority.
//!
//! Programs ask for the time more often than for anything else, so the two functions of WASI 0.2
//! that tell it ask the system, and not the store's data. Both wasmtime's implementation, which
//! does the rest, and these have the same monotonic clock: [`Monotonic`].

mod time;

use std::sync::LazyLock;
use std::time::{Instant, SystemTime};

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;
use wasmtime_wasi::HostMonotonicClock;
use wasmtime_wasi::clocks::{MonotonicClock, WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::clocks as clocks02;
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p3::bindings::clocks as clocks03;

use crate::capability::Guarded;
use crate::capability::import::{Import, as_in_wasmtime};

use time::Time;

as_in_wasmtime! {
    monotonic03 => clocks03::monotonic_clock, WasiClocks, T::clocks;
    system03 => clocks03::system_clock, WasiClocks, T::clocks;
    types03 => clocks03::types, WasiClocks, T::clocks;
}

/// The monotonic clock of all guests of a process. It began when the first of them was made.
pub(crate) struct Monotonic(());

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Monotonic {
    /// Starts the clock.
    pub(crate) fn started() -> Monotonic {
        LazyLock::force(&START);
        Monotonic(())
    }
}

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        MonotonicClock::new().resolution()
    }

    fn now(&self) -> u64 {
        elapsed()
    }
}

fn elapsed() -> u64 {
    START.elapsed().as_nanos() as u64
}

pub(in crate::capability) fn monotonic02<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    clocks02::monotonic_clock::add_to_linker::<T, WasiClocks>(linker, T::clocks)?;
    linker
        .instance(import.name)?
        .func_wrap("now", |_: StoreContextMut<'_, T>, (): ()| Ok((elapsed(),)))
}

pub(in crate::capability) fn wall02<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    clocks02::wall_clock::add_to_linker::<T, WasiClocks>(linker, T::clocks)?;
    linker
        .instance(import.name)?
        .func_wrap("now", |_: StoreContextMut<'_, T>, (): ()| Ok((wall(),)))
}

/// The time of day. Before 1970 it's the beginning of that year: 0.2 can't say more.
fn wall() -> Time {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time(Datetime { seconds: now.as_secs(), nanoseconds: now.subsec_nanos() })
}
