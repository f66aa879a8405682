//! A file that appears whole or not at all. Until it's finished it has no name, where the system
//! can do that: then nothing is left of it even if the process is killed. Elsewhere it's written
//! under another name beside its own.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use tokio::io::AsyncWrite;

use crate::stream::temporary::Part;

/// A file being written. Shutting it down puts it in place; dropping it before that removes it.
pub(super) struct Atomic {
    file: Option<Unfinished>,
    target: PathBuf,
    /// Held open while the target is named through it.
    _folder: Option<File>,
}

enum Unfinished {
    Nameless(File),
    Named(Part),
}

impl Atomic {
    /// Starts a file that will be at `target`, with its permissions if there is one already.
    pub(super) fn create(target: &Path) -> io::Result<Atomic> {
        // A link stays one: what it points at is replaced.
        Atomic::start(target.canonicalize().unwrap_or_else(|_| target.to_owned()), None)
    }

    /// Starts a file that will have the last name of `path`, in a folder that is open: wherever its
    /// path leads by then. A link of that name is replaced.
    pub(super) fn create_in(folder: File, path: &Path) -> io::Result<Atomic> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let target = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name);
        Atomic::start(target, Some(folder))
    }

    fn start(target: PathBuf, held: Option<File>) -> io::Result<Atomic> {
        let folder = folder(&target);
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        // As `open` makes files: what the process's mask leaves of this.
        let mode = Mode::from_raw_mode(0o666);
        let mut file = match rustix::fs::open(folder, flags, mode) {
            Ok(file) => Unfinished::Nameless(file.into()),
            Err(
                rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR | rustix::io::Errno::INVAL,
            ) => Unfinished::Named(Part::new(folder)?),
            Err(error) => return Err(error.into()),
        };
        if let Ok(old) = std::fs::metadata(&target) {
            match &mut file {
                Unfinished::Nameless(file) => file.set_permissions(old.permissions())?,
                Unfinished::Named(file) => file.file().set_permissions(old.permissions())?,
            }
        }
        Ok(Atomic { file: Some(file), target, _folder: held })
    }
}

fn folder(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Gives a nameless file its name. A name can't be given over another, so it gets a free one first.
fn name(file: &File, target: &Path) -> io::Result<()> {
    let own = format!("/proc/self/fd/{}", file.as_raw_fd());
    let mut builder = tempfile::Builder::new();
    let linked = builder.prefix(".forebay-").suffix(".part").make_in(folder(target), |path| {
        Ok(rustix::fs::linkat(CWD, &own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    })?;
    linked.into_temp_path().persist(target).map_err(|error| error.error)
}

impl AsyncWrite for Atomic {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(match &mut self.file {
            Some(Unfinished::Nameless(file)) => file.write(bytes),
            Some(Unfinished::Named(file)) => file.file().write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.file.take() {
            Some(Unfinished::Nameless(file)) => name(&file, &self.target)?,
            Some(Unfinished::Named(file)) => file.persist(&self.target)?,
            None => {}
        }
        Poll::Ready(Ok(()))
    }
}
