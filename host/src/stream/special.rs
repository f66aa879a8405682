//! Open files without positions (named pipes, terminals, other devices), as streams that wait for
//! them without a thread. wasmtime-wasi reads and writes at positions, which these refuse.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use rustix::fs::SeekFrom;
use rustix::io::Errno;
use tokio::io::Interest;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use crate::stream::descriptor::Descriptor;
use crate::stream::exact::Exact;
use crate::stream::failure::Failures;
use crate::stream::lingering::Lingering;
use crate::stream::location::Location;
use crate::stream::sink::Sink;
use crate::stream::source::Source;
use crate::stream::wasi02;

/// A file without positions, opened for a guest.
pub(crate) struct Special<'a>(&'a File);

impl Special<'_> {
    /// `None` if it has positions.
    pub(crate) fn of(file: &File) -> Option<Special<'_>> {
        let position = rustix::fs::seek(file, SeekFrom::Current(0));
        (position == Err(Errno::SPIPE)).then_some(Special(file))
    }

    /// As an `input-stream`, of which no byte is read that the guest didn't ask for.
    pub(crate) fn input(&self) -> DynInputStream {
        Box::new(Exact::new(self.descriptor(Interest::READABLE)))
    }

    /// As an `output-stream`. What it didn't take yet is waited for when the guest drops it.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn output(&self, lingering: &Lingering) -> io::Result<DynOutputStream> {
        Ok(wasi02::finished_when_dropped(self.sink()?, lingering))
    }

    /// To read it.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn source(&self) -> io::Result<Source> {
        let reader = Box::pin(self.descriptor(Interest::READABLE)?);
        Ok(Source::new(location(), reader, Failures::default()))
    }

    /// To write it.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn sink(&self) -> io::Result<Sink> {
        let writer = Box::pin(self.descriptor(Interest::WRITABLE)?);
        Ok(Sink::new(location(), writer, Failures::default()))
    }

    fn descriptor(&self, interest: Interest) -> io::Result<Descriptor> {
        Descriptor::of_own(self.0.try_clone()?, interest)
    }
}

/// A guest knows which file it opened; nobody else is told.
fn location() -> Location {
    Location::path(PathBuf::new())
}
