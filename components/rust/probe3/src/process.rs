//! What a program sees of its own process: arguments, environment, stdin, time, exit.

use crate::output::{Outcome, code, pour, say};
use crate::wasi::cli::{environment, exit, stdin};
use crate::wasi::clocks::monotonic_clock;

/// Prints the arguments after `args`, one a line.
pub async fn args(rest: &[&str]) -> Outcome {
    for word in rest {
        say(word).await;
    }
    Ok(())
}

/// Prints the environment, sorted, as `K=V`.
pub async fn env() -> Outcome {
    let mut pairs = environment::get_environment();
    pairs.sort();
    for (name, value) in pairs {
        say(&format!("{name}={value}")).await;
    }
    Ok(())
}

/// Copies stdin to stdout.
pub async fn stdin() -> Outcome {
    let (input, ended) = stdin::read_via_stream();
    pour(input).await?;
    ended.await.map_err(code)
}

/// Ends the program with `code`.
pub fn exit(code: u8) -> Outcome {
    exit::exit_with_code(code);
    Ok(())
}

/// Waits, then says so.
pub async fn sleep(millis: u64) -> Outcome {
    monotonic_clock::wait_for(millis.saturating_mul(1_000_000)).await;
    say("slept").await;
    Ok(())
}

/// Never ends, and never calls the host.
pub fn spin() -> Outcome {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

/// Traps.
#[inline(never)]
pub fn trap() -> Outcome {
    core::arch::wasm32::unreachable()
}
