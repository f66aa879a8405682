//! What the process does that compiles for another one.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};

use rustix::process::{Resource, Rlimit, Signal};

use crate::compile::request::{CODE, REFUSED, Request, here};

/// Reads a request, gives this process its limits, compiles, and writes the answer. The process
/// dies with the one that asked.
///
/// # Errors
/// When the request can't be read, the limits can't be set, or nobody is there for the answer.
pub fn answer(from: impl Read, mut to: impl Write) -> Result<()> {
    let mut from = BufReader::new(from);
    let mut line = String::new();
    from.by_ref().take(4096).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    confine(&request)?;
    let mut component = Vec::new();
    from.read_to_end(&mut component)?;
    match here(request.settings, &component).map_err(Error::other)? {
        Ok(code) => {
            to.write_all(&[CODE])?;
            to.write_all(&code)?;
        }
        Err(reasons) => {
            to.write_all(&[REFUSED])?;
            to.write_all(&serde_json::to_vec(&reasons)?)?;
        }
    }
    to.flush()
}

fn confine(request: &Request) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have died before that.
    if rustix::process::getppid().is_none_or(|parent| parent.as_raw_pid() != request.parent) {
        return Err(Error::new(ErrorKind::NotConnected, "nobody is there for the answer"));
    }
    let set = |resource, most| {
        // What is set for us already may be less.
        let maximum = rustix::process::getrlimit(resource).maximum;
        let most = Some(maximum.map_or(most, |maximum| maximum.min(most)));
        rustix::process::setrlimit(resource, Rlimit { current: most, maximum: most })
    };
    // Memory that is only reserved doesn't count: the allocator reserves some for each thread.
    set(Resource::Data, request.memory)?;
    set(Resource::As, request.memory.saturating_mul(4).saturating_add(16 << 30))?;
    set(Resource::Cpu, request.seconds)?;
    set(Resource::Core, 0)?;
    Ok(())
}
