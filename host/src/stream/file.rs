//! `file:` and plain paths. A new or regular file is written as a whole or not at all; what else
//! stands at a path (a pipe, a device) is opened as it is.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite, Interest};

use crate::stream::atomic::Atomic;
use crate::stream::descriptor::Descriptor;
use crate::stream::failure::{Failure, Kind};

/// Asked where an open file really is: whether that is allowed.
pub(super) type Holds<'a> = &'a (dyn Fn(&Path) -> bool + Sync);

/// Opens a file to read.
pub(super) async fn source(
    path: &Path,
    holds: Option<Holds<'_>>,
) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
    let file = open(path, OpenOptions::new().read(true).clone()).await?;
    check(&file, holds)?;
    if file.metadata()?.is_dir() {
        return Err(directory());
    }
    Ok(Box::pin(Descriptor::new(file, Interest::READABLE)?))
}

/// Opens a file to write, at its end if `append`.
pub(super) async fn sink(
    path: &Path,
    append: bool,
    holds: Option<Holds<'_>>,
) -> Result<Pin<Box<dyn AsyncWrite + Send>>, Failure> {
    let regular = match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => return Err(directory()),
        Ok(meta) => meta.is_file(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error.into()),
    };
    if regular && !append {
        let created = match holds {
            None => Atomic::create(path),
            Some(_) => Atomic::create_in(beneath(path, holds)?, path),
        };
        return Ok(Box::pin(created.map_err(no_folder)?));
    }
    let file =
        open(path, OpenOptions::new().append(append).write(true).create(regular).clone()).await?;
    check(&file, holds)?;
    Ok(Box::pin(Descriptor::new(file, Interest::WRITABLE)?))
}

/// The folder of a path, held open so that it stays the one that was checked.
fn beneath(path: &Path, holds: Option<Holds<'_>>) -> Result<File, Failure> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder).map_err(no_folder)?;
    check(&folder, holds)?;
    Ok(folder)
}

fn check(file: &File, holds: Option<Holds<'_>>) -> Result<(), Failure> {
    let Some(holds) = holds else { return Ok(()) };
    let real = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    if holds(&real) {
        Ok(())
    } else {
        Err(Failure::new(Kind::Denied, "it leads out of the directory that is granted"))
    }
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

/// Opening a named pipe waits for the other end, so it's done on a thread that may.
async fn open(path: &Path, options: OpenOptions) -> Result<File, Failure> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || options.open(path)).await;
    Ok(opened.map_err(|error| Failure::new(Kind::Other, error.to_string()))??)
}
