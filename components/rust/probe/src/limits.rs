//! Ways to use up what a host must bound: memory, handles, time and stack.

use std::hint::black_box;

use crate::outcome::{Outcome, fail, say};
use crate::wasi::clocks::monotonic_clock::subscribe_duration;

const PAGES_PER_MIB: usize = 16;
const HOUR: u64 = 3_600_000_000_000;

/// Grows the memory by so many MiB in one step: `ok`, or `error: failed`.
pub fn grow(mib: usize) -> Outcome {
    match core::arch::wasm32::memory_grow::<0>(mib.saturating_mul(PAGES_PER_MIB)) {
        usize::MAX => fail("failed"),
        _ => {
            say("ok");
            Ok(())
        }
    }
}

/// Holds so many pollables at once.
pub fn handles(count: usize) -> Outcome {
    let held: Vec<_> = (0..count).map(|_| subscribe_duration(HOUR)).collect();
    say(&format!("holding {}", held.len()));
    Ok(())
}

/// Never ends, and never calls the host.
pub fn spin() -> Outcome {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Calls itself until the stack is full. It keeps nothing in memory, so it is the host's stack that
/// it uses up.
pub fn recurse() -> Outcome {
    say(&descend(0, black_box(u64::MAX)).to_string());
    Ok(())
}

#[inline(never)]
fn descend(depth: u64, end: u64) -> u64 {
    if depth == end { 0 } else { descend(depth + 1, end).wrapping_mul(3) ^ depth }
}
