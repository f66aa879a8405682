//! What a program sees of its own process: arguments, environment, standard streams, clocks, random
//! bytes, exit.

use crate::outcome::{Outcome, complain, say, stream_code, write_all};
use crate::wasi::cli::{environment, exit, stdin, stdout};
use crate::wasi::clocks::{monotonic_clock, wall_clock};
use crate::wasi::io::streams::StreamError;
use crate::wasi::random::random;

/// Prints the arguments after `args`, one a line.
pub fn args(rest: &[&str]) -> Outcome {
    rest.iter().for_each(|word| say(word));
    Ok(())
}

/// Prints the environment, sorted, as `K=V`.
pub fn env() -> Outcome {
    let mut pairs = environment::get_environment();
    pairs.sort();
    pairs.iter().for_each(|(name, value)| say(&format!("{name}={value}")));
    Ok(())
}

/// Prints the initial working directory, or `none`.
pub fn cwd() -> Outcome {
    say(&environment::initial_cwd().unwrap_or_else(|| "none".into()));
    Ok(())
}

/// Copies stdin to stdout.
pub fn stdin() -> Outcome {
    let (input, output) = (stdin::get_stdin(), stdout::get_stdout());
    loop {
        match input.blocking_read(64 * 1024) {
            Ok(bytes) => write_all(&output, &bytes)?,
            Err(StreamError::Closed) => return Ok(()),
            Err(error) => return Err(stream_code(error)),
        }
    }
}

/// Prints `text` to stderr.
pub fn stderr(text: &str) -> Outcome {
    complain(text);
    Ok(())
}

/// Ends the program with `code`.
pub fn exit(code: u8) -> Outcome {
    exit::exit_with_code(code);
    Ok(())
}

/// Prints the wall clock's seconds, and whether the monotonic clock goes forward.
pub fn clock() -> Outcome {
    let before = monotonic_clock::now();
    say(&format!("wall {}", wall_clock::now().seconds));
    say(if monotonic_clock::now() >= before { "monotonic forward" } else { "monotonic backward" });
    Ok(())
}

/// Waits, then says so.
pub fn sleep(millis: u64) -> Outcome {
    monotonic_clock::subscribe_duration(millis.saturating_mul(1_000_000)).block();
    say("slept");
    Ok(())
}

/// Prints `count` random bytes in hexadecimal.
pub fn random(count: u64) -> Outcome {
    say(&random::get_random_bytes(count)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>());
    Ok(())
}
