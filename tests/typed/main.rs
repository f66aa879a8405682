//! Typed calls, through the binary: values of every type, streams opened by the host, results,
//! help, opens by the guest.

mod asynchronous;
mod help;
mod http;
mod network;
mod opens;
mod outline;
mod outputs;
mod photo;
mod pipe;
mod streams;
mod tls;
mod values;
mod wit;

use support::places::{file, scratch};
use support::run;
use support::run::{Ended, built, forebay};

/// Runs `forebay call FLAGS GUEST FUNCTION WORDS`; `None` where the guest wasn't built.
fn call(flags: &[&str], guest: &str, words: &[&str]) -> Option<Ended> {
    let guest = built(guest)?;
    Some(Ended::of(forebay().arg("call").args(flags).arg(guest).args(words).output().unwrap()))
}
