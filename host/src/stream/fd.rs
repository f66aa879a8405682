//! `fd:N`: a descriptor that the process was started with, as a shell passes one with `3<file`.

use std::fmt;
use std::fs::File;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use rustix::io::FdFlags;
use tokio::io::Interest;

use crate::stream::descriptor::Descriptor;
use crate::stream::failure::{Failure, Kind};
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::scheme::{AnyReader, AnyWriter, HostPlace, Opening, Scheme, Target, Text, bad};

/// The scheme.
pub(super) struct Fd;

/// A descriptor's number.
#[derive(Debug)]
struct Number(i32);

impl Scheme for Fd {
    fn names(&self) -> &'static [&'static str] {
        &["fd"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        match url.rest.parse() {
            Ok(number) if number >= 0 => Ok(Arc::new(Number(number))),
            _ => Err(bad("a descriptor is a number, as in `fd:3`")),
        }
    }
}

impl Target for Number {
    fn scheme(&self) -> &'static str {
        "fd"
    }

    fn is_for_programs(&self) -> bool {
        false
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Descriptor
    }

    fn source<'a>(&'a self, _: &'a OpenContext, _: Authority) -> Opening<'a, AnyReader> {
        Box::pin(async move { Ok(Box::pin(open(self.0, Interest::READABLE)?) as AnyReader) })
    }

    fn sink<'a>(&'a self, _: bool, _: &'a OpenContext, _: Authority) -> Opening<'a, AnyWriter> {
        Box::pin(async move { Ok(Box::pin(open(self.0, Interest::WRITABLE)?) as AnyWriter) })
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fd:{}", self.0)
    }
}

/// Duplicates descriptor `number`, to read or to write.
fn open(number: i32, interest: Interest) -> Result<Descriptor, Failure> {
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
