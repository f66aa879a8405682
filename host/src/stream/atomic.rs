//! A file that appears whole or not at all. Until it's finished it has no name, where the system
//! can do that: then nothing is left of it even if the process is killed. Elsewhere it's written
//! under another name beside its own. Its folder is held open, so that it gets there whatever
//! becomes of the folder's path.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;
use tokio::io::AsyncWrite;

use crate::stream::failure::{Failure, Kind};
use crate::stream::place::by_handle;
use crate::stream::temporary::Part;

/// A file being written. Shutting it down puts it in place; dropping it before that removes it.
pub(super) struct Atomic {
    file: Option<Unfinished>,
    /// What it's to be called.
    name: OsString,
    // Dropped after the file, which may have a name in it.
    folder: File,
}

enum Unfinished {
    Nameless(File),
    Named(Part),
}

impl Unfinished {
    fn file(&mut self) -> &mut File {
        match self {
            Unfinished::Nameless(file) => file,
            Unfinished::Named(part) => part.file(),
        }
    }
}

impl Atomic {
    /// Starts a file that will be `name` in `folder`, with the permissions of the file of that
    /// name, if there is one. A link of that name is replaced.
    pub(super) fn create(folder: File, name: OsString) -> Result<Atomic, Failure> {
        let mut file = match nameless(&folder) {
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => named(&folder)?,
            file => Unfinished::Nameless(file.map_err(io::Error::from)?),
        };

        let old = rustix::fs::statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW);
        if let Ok(old) = old
            && FileType::from_raw_mode(old.st_mode) == FileType::RegularFile
        {
            file.file().set_permissions(Permissions::from_mode(old.st_mode & 0o777))?;
        }
        Ok(Atomic { file: Some(file), name, folder })
    }
}

fn nameless(folder: &File) -> rustix::io::Result<File> {
    // It's named by its handle in the end, which takes this.
    if !Path::new("/proc/self/fd").exists() {
        return Err(Errno::OPNOTSUPP);
    }
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    // As `open` makes files: what the process's mask leaves of this.
    rustix::fs::openat(folder, ".", flags, Mode::from_raw_mode(0o666)).map(File::from)
}

fn named(folder: &File) -> Result<Unfinished, Failure> {
    let part = Part::new(&by_handle(folder, None)).map(Unfinished::Named);
    part.map_err(|error| match error.kind() {
        // The folder is there, and no file can be: it isn't one of files.
        io::ErrorKind::NotFound | io::ErrorKind::Unsupported => {
            Failure::new(Kind::Other, "no file can be made in that folder")
                .hint("name a file in a folder that holds files, which the system's own don't")
        }
        // Without the path, which isn't the guest's business.
        kind => io::Error::from(kind).into(),
    })
}

/// Gives a nameless file its name. A name can't be given over another, so it gets a free one first.
fn place(file: &File, folder: &File, name: &OsStr) -> io::Result<()> {
    let own = by_handle(file, None);
    let part = loop {
        let part = format!(".forebay-{:016x}.part", getrandom::u64().map_err(io::Error::other)?);
        match rustix::fs::linkat(CWD, &own, folder, &part, AtFlags::SYMLINK_FOLLOW) {
            Err(Errno::EXIST) => {}
            linked => break linked.map(|()| part)?,
        }
    };

    let placed = rustix::fs::renameat(folder, &part, folder, name);
    if placed.is_err() {
        // What can't be removed stays behind: the failure that is told is the other one.
        let _ = rustix::fs::unlinkat(folder, &part, AtFlags::empty());
    }
    Ok(placed?)
}

impl AsyncWrite for Atomic {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(match &mut self.file {
            Some(unfinished) => unfinished.file().write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.file.take() {
            Some(Unfinished::Nameless(file)) => place(&file, &self.folder, &self.name)?,
            Some(Unfinished::Named(part)) => part
                .persist(&by_handle(&self.folder, Some(&self.name)))
                .map_err(|error| io::Error::from(error.kind()))?,
            None => {}
        }
        Poll::Ready(Ok(()))
    }
}
