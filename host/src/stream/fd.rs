//! `fd:N`: a descriptor that the process was started with, as a shell passes one with `3<file`.

use std::fs::File;
use std::os::fd::BorrowedFd;

use rustix::io::FdFlags;
use tokio::io::Interest;

use crate::stream::descriptor::Descriptor;
use crate::stream::failure::{Failure, Kind};

/// Duplicates descriptor `number`, to read or to write.
pub(super) fn open(number: i32, interest: Interest) -> Result<Descriptor, Failure> {
    let missing = || {
        Failure::new(Kind::NotFound, format!("the process wasn't given a descriptor {number}"))
            .hint(format!("pass one, e.g. `{number}<FILE` or `{number}>FILE` in a shell"))
    };
    // SAFETY: the number is only asked about, and duplicated if it is open; it isn't closed, nor
    // kept.
    let given = unsafe { BorrowedFd::borrow_raw(number) };
    let flags = rustix::io::fcntl_getfd(given).map_err(|_| missing())?;
    // Everything that this process opened itself closes when it starts another; what it was given
    // doesn't.
    if flags.contains(FdFlags::CLOEXEC) {
        return Err(missing());
    }
    let own = rustix::io::fcntl_dupfd_cloexec(given, 3).map_err(std::io::Error::from)?;
    Ok(Descriptor::new(File::from(own), interest)?)
}

/// Standard input.
pub(super) fn standard_input() -> std::io::Result<Descriptor> {
    let own = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    Descriptor::new(File::from(own), Interest::READABLE)
}
