//! Where a path is opened: anywhere, on the user's word, or beneath a directory that a guest was
//! granted.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags};

use crate::policy::Guard;
use crate::stream::beneath;
use crate::stream::failure::{Failure, Kind};
use crate::stream::patient;

/// A path with what it may reach.
#[derive(Clone)]
pub(super) enum Place {
    /// As it stands.
    Anywhere(PathBuf),
    /// Beneath a granted directory.
    Beneath(Beneath),
}

/// A path beneath a granted directory.
#[derive(Clone)]
pub(super) struct Beneath {
    /// The directory, open since the run began.
    pub top: Arc<File>,
    /// The path from there.
    pub rest: PathBuf,
    /// The whole path as the guest gave it.
    pub named: PathBuf,
    /// Whether something is to be changed.
    pub write: bool,
    /// Who is told if it leads out.
    pub guard: Arc<Guard>,
}

impl Place {
    /// Opens what stands there; links are followed.
    pub(super) fn open(&self, flags: OFlags) -> io::Result<File> {
        match self {
            Place::Anywhere(path) => anywhere(path, flags),
            Place::Beneath(place) => place.told(beneath::open(&place.top, &place.rest, flags)),
        }
    }

    /// [`open`](Place::open), which waits for the other end of a named pipe; the file is
    /// non-blocking.
    pub(super) async fn open_patiently(&self, flags: OFlags) -> io::Result<File> {
        patient::open(|flags| self.open(flags), flags).await
    }

    /// What stands there; `None` if nothing does.
    pub(super) fn metadata(&self) -> io::Result<Option<Metadata>> {
        match self.open(OFlags::PATH).and_then(|file| file.metadata()) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The folder that holds it, and its name there. The user's own link stands for what it points
    /// at; a guest's is a name like any other.
    pub(super) fn folder(&self) -> io::Result<(File, OsString)> {
        match self {
            Place::Anywhere(path) => {
                let path = path.canonicalize().unwrap_or_else(|_| path.clone());
                let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                let flags = OFlags::PATH | OFlags::DIRECTORY;
                Ok((anywhere(parent.unwrap_or(Path::new(".")), flags)?, name.to_owned()))
            }
            Place::Beneath(place) => place.told(beneath::folder(&place.top, &place.rest)),
        }
    }
}

impl Beneath {
    /// What leads out is told to the user, and looks to the guest like what isn't granted.
    fn told<T>(&self, opened: io::Result<T>) -> io::Result<T> {
        opened.map_err(|error| {
            // Where a part isn't there, the kernel doesn't get to the `..` that would lead out.
            let missing = error.kind() == io::ErrorKind::NotFound;
            if !beneath::leads_out(&error) && !(missing && climbs(&self.rest)) {
                return error;
            }
            let refused = self.guard.refused_open(&self.named, self.write);
            Failure::new(Kind::Denied, refused).into()
        })
    }
}

/// Whether a path, by its text, leads above its start.
fn climbs(path: &Path) -> bool {
    let mut depth = 0i64;
    path.components().any(|part| {
        depth += match part {
            Component::Normal(_) => 1,
            Component::ParentDir => -1,
            _ => 0,
        };
        depth < 0
    })
}

fn anywhere(path: &Path, flags: OFlags) -> io::Result<File> {
    let mode = Mode::from_raw_mode(0o666);
    let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY;
    Ok(rustix::io::retry_on_intr(|| rustix::fs::openat(CWD, path, flags, mode))?.into())
}

/// A path that names what `file` is, wherever it's moved, or `name` in it, for functions that take
/// paths only.
pub(super) fn by_handle(file: &File, name: Option<&std::ffi::OsStr>) -> PathBuf {
    let path = Path::new("/proc/self/fd").join(file.as_raw_fd().to_string());
    name.map_or(path.clone(), |name| path.join(name))
}
