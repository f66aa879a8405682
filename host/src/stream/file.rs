//! `file:` and plain paths. A new or regular file is written as a whole or not at all; what else stands at a path (a pipe, a
//! device) is opened as it is.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite, Interest};

use crate::stream::atomic::Atomic;
use crate::stream::descriptor::Descriptor;
use crate::stream::failure::{Failure, Kind};

/// Opens a file to read.
pub(super) async fn source(path: &Path) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
    let file = open(path, OpenOptions::new().read(true).clone()).await?;
    if file.metadata()?.is_dir() {
        return Err(directory());
    }
    Ok(Box::pin(Descriptor::new(file, Interest::READABLE)?))
}

/// Opens a file to write, at its end if `append`.
pub(super) async fn sink(path: &Path, append: bool) -> Result<Pin<Box<dyn AsyncWrite + Send>>, Failure> {
    let regular = match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => return Err(directory()),
        Ok(meta) => meta.is_file(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error.into()),
    };
    if regular && !append {
        return Ok(Box::pin(Atomic::create(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::new(Kind::NotFound, "there is no such folder"),
            _ => error.into(),
        })?));
    }
    let file = open(path, OpenOptions::new().append(append).write(true).create(regular).clone()).await?;
    Ok(Box::pin(Descriptor::new(file, Interest::WRITABLE)?))
}

fn directory() -> Failure {
    Failure::new(Kind::BadUrl, "it is a directory, and a file is wanted")
}

/// Opening a named pipe waits for the other end, so it's done on a thread that may.
async fn open(path: &Path, options: OpenOptions) -> Result<File, Failure> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || options.open(path)).await;
    Ok(opened.map_err(|error| Failure::new(Kind::Other, error.to_string()))??)
}
