//! `clock_res_get` and `clock_time_get`.

use crate::errno::{Errno, Result, code};
use crate::guest;
use crate::wasi::clocks::{self, Datetime};

/// `clockid`.
pub const REALTIME: u32 = 0;
pub const MONOTONIC: u32 = 1;
/// CPU time of the process and of the thread. 0.2 has no such clock; the monotonic one never runs
/// slower.
const CPU_TIMES: core::ops::RangeInclusive<u32> = 2..=3;

#[unsafe(no_mangle)]
extern "C" fn clock_time_get(id: u32, _precision: u64, time: u32) -> u32 {
    code((|| {
        guest::write(time, now(id)?);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn clock_res_get(id: u32, resolution: u32) -> u32 {
    code((|| {
        let value = match id {
            REALTIME => nanoseconds(clocks::wall_resolution)?,
            _ if id == MONOTONIC || CPU_TIMES.contains(&id) => unsafe {
                clocks::monotonic_resolution()
            },
            _ => return Err(Errno::INVAL),
        };
        guest::write(resolution, value);
        Ok(())
    })())
}

/// The time of a clock, in nanoseconds.
pub fn now(id: u32) -> Result<u64> {
    match id {
        REALTIME => nanoseconds(clocks::wall_now),
        _ if id == MONOTONIC || CPU_TIMES.contains(&id) => Ok(unsafe { clocks::monotonic_now() }),
        _ => Err(Errno::INVAL),
    }
}

#[inline(always)]
fn nanoseconds(call: unsafe extern "C" fn(*mut Datetime)) -> Result<u64> {
    let mut time = Datetime { seconds: 0, nanoseconds: 0 };
    unsafe { call(&mut time) }
    // A checked product would be one of 128 bits.
    const MOST: u64 = u64::MAX / 1_000_000_000 - 1;
    match time.seconds {
        seconds @ 0..=MOST => Ok(seconds * 1_000_000_000 + time.nanoseconds as u64),
        _ => Err(Errno::OVERFLOW),
    }
}
