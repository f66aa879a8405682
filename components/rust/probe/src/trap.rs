//! A trap three calls deep, so that a test can look for `a`, `b` and `c` in the backtrace.

use crate::outcome::Outcome;

/// Traps.
#[inline(never)]
pub fn a() -> Outcome {
    b();
    Ok(())
}

#[inline(never)]
fn b() {
    c();
    std::hint::black_box(());
}

#[inline(never)]
fn c() {
    std::hint::black_box(());
    core::arch::wasm32::unreachable()
}
