//! `file:` and plain paths. A new or regular file is written as a whole or not at all; what else
//! stands at a path (a pipe, a device) is opened as it is.

use std::io;
use std::pin::Pin;

use rustix::fs::OFlags;
use tokio::io::{AsyncRead, AsyncWrite, Interest};

use crate::stream::atomic::Atomic;
use crate::stream::descriptor::Descriptor;
use crate::stream::failure::{Failure, Kind};
use crate::stream::place::Place;

/// Opens a file to read.
pub(super) async fn source(place: &Place) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
    let file = place.open_patiently(OFlags::RDONLY).await?;
    if file.metadata()?.is_dir() {
        return Err(directory());
    }
    Ok(Box::pin(Descriptor::new(file, Interest::READABLE)?))
}

/// Opens a file to write, at its end if `append`.
pub(super) async fn sink(
    place: &Place,
    append: bool,
) -> Result<Pin<Box<dyn AsyncWrite + Send>>, Failure> {
    let found = place.metadata()?;
    if found.as_ref().is_some_and(|found| found.is_dir()) {
        return Err(directory());
    }

    let regular = found.is_none_or(|found| found.is_file());
    if regular && !append {
        let (folder, name) = place.folder().map_err(no_folder)?;
        return Ok(Box::pin(Atomic::create(folder, name)?));
    }

    let mut flags = OFlags::WRONLY;
    flags.set(OFlags::APPEND, append);
    flags.set(OFlags::CREATE, regular);
    let file = place.open_patiently(flags).await?;
    Ok(Box::pin(Descriptor::new(file, Interest::WRITABLE)?))
}

fn no_folder(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new(Kind::NotFound, "there is no such folder"),
        _ => error.into(),
    }
}

fn directory() -> Failure {
    Failure::new(Kind::BadUrl, "it is a directory, and a file is wanted")
}
