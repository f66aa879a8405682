//! Opens paths beneath a directory that is open, whatever happens to names meanwhile.
//!
//! `..` and links are followed as long as they stay beneath; what would lead out, and every
//! absolute link, fails with `EXDEV`, whether or not something is there. The kernel does it
//! (`openat2`); where it can't, or may not, a walk from part to part does the same.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2, readlinkat};
use rustix::io::Errno;

/// How many links may be on one path, as in the kernel.
const LINKS: usize = 40;
/// How often the kernel is asked again when a rename somewhere kept it from being sure.
const TRIES: usize = 16;

/// What a new file may be used for; the process's mask takes from it.
const NEW: Mode = Mode::from_raw_mode(0o666);

/// Opens `path`, which starts at `top`.
///
/// # Errors
/// The system's, and `EXDEV` when it leads out.
pub(crate) fn open(top: impl AsFd, path: &Path, flags: OFlags) -> io::Result<File> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let opened = match by_kernel(top.as_fd(), path, flags) {
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => walk(top.as_fd(), path, flags),
        answer => answer,
    };
    Ok(opened?.into())
}

/// [`open`] if the system has all it needs in memory; `None` if it would wait, or can't say.
pub(crate) fn open_known(top: impl AsFd, path: &Path, flags: OFlags) -> Option<io::Result<File>> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let (flags, mode) = complete(flags);
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::CACHED;
    match openat2(top, path, flags, mode, resolve) {
        Ok(opened) => Some(Ok(opened.into())),
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN | Errno::INTR | Errno::INVAL) => None,
        Err(error) => Some(Err(error.into())),
    }
}

/// Opens a directory as a place to start from.
pub(crate) fn top(path: &Path) -> io::Result<File> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(CWD, path, flags, Mode::empty())?.into())
}

/// The folder that holds the last part of `path`, and that part's name; the part itself may be
/// anything, or not be there.
///
/// # Errors
/// As [`open`], and `EISDIR` when the last part is no name.
pub(super) fn folder(top: impl AsFd, path: &Path) -> io::Result<(File, OsString)> {
    let Some(Component::Normal(name)) = path.components().next_back() else {
        return Err(Errno::ISDIR.into());
    };
    let parent = path.parent().unwrap_or(Path::new("."));
    Ok((open(top, parent, OFlags::PATH | OFlags::DIRECTORY)?, name.to_owned()))
}

/// Whether an error says that a path leads out.
pub(super) fn leads_out(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::XDEV.raw_os_error())
}

fn complete(flags: OFlags) -> (OFlags, Mode) {
    // `openat2` takes neither a mode for what isn't made, nor flags that O_PATH has no use for.
    let terminal = if flags.contains(OFlags::PATH) { OFlags::empty() } else { OFlags::NOCTTY };
    let mode = if flags.contains(OFlags::CREATE) { NEW } else { Mode::empty() };
    (flags | OFlags::CLOEXEC | terminal, mode)
}

fn by_kernel(top: BorrowedFd<'_>, path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let (flags, mode) = complete(flags);
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..TRIES {
        match openat2(top, path, flags, mode, resolve) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            answer => return answer,
        }
    }
    Err(Errno::AGAIN)
}

/// [`open`] without the kernel's help: each part is opened by itself, and links are read.
fn walk(top: BorrowedFd<'_>, path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let (flags, mode) = complete(flags);
    let mut walk = Walk { top, folders: Vec::new(), left: VecDeque::new(), links: 0 };
    walk.enter(path)?;

    while let Some(part) = walk.left.pop_front() {
        if part == ".." {
            walk.folders.pop().ok_or(Errno::XDEV)?;
        } else if !walk.left.is_empty() {
            walk.descend(&part)?;
        } else if let Some(opened) = walk.last(&part, flags, mode)? {
            return Ok(opened);
        }
    }

    openat(walk.here(), ".", flags, mode)
}

/// A path on the way.
struct Walk<'a> {
    top: BorrowedFd<'a>,
    /// The folders that were gone through, each open; `..` goes back to the one before.
    folders: Vec<OwnedFd>,
    /// The parts that are left.
    left: VecDeque<OsString>,
    links: usize,
}

impl Walk<'_> {
    fn here(&self) -> BorrowedFd<'_> {
        self.folders.last().map_or(self.top, |folder| folder.as_fd())
    }

    /// Puts a path before what is left.
    fn enter(&mut self, path: &Path) -> rustix::io::Result<()> {
        for part in path.components().rev() {
            match part {
                Component::Normal(name) => self.left.push_front(name.to_owned()),
                Component::ParentDir => self.left.push_front("..".into()),
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return Err(Errno::XDEV),
            }
        }
        Ok(())
    }

    /// What stands at a name here, if it isn't a link; a link is entered.
    fn look(&mut self, name: &OsStr) -> rustix::io::Result<Option<OwnedFd>> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let found = openat(self.here(), name, flags, Mode::empty())?;
        if FileType::from_raw_mode(fstat(&found)?.st_mode) != FileType::Symlink {
            return Ok(Some(found));
        }

        self.count()?;
        let target = readlinkat(&found, "", Vec::new())?;
        self.enter(Path::new(OsStr::from_bytes(target.as_bytes())))?;
        Ok(None)
    }

    fn count(&mut self) -> rustix::io::Result<()> {
        self.links += 1;
        if self.links > LINKS { Err(Errno::LOOP) } else { Ok(()) }
    }

    fn descend(&mut self, name: &OsStr) -> rustix::io::Result<()> {
        if let Some(found) = self.look(name)? {
            if FileType::from_raw_mode(fstat(&found)?.st_mode) != FileType::Directory {
                return Err(Errno::NOTDIR);
            }
            self.folders.push(found);
        }
        Ok(())
    }

    /// Opens the last part; `None` if it's a link, which was entered.
    fn last(
        &mut self,
        name: &OsStr,
        flags: OFlags,
        mode: Mode,
    ) -> rustix::io::Result<Option<OwnedFd>> {
        if !flags.intersects(OFlags::NOFOLLOW | OFlags::EXCL) {
            match self.look(name) {
                Ok(None) => return Ok(None),
                // A handle without access is what was asked for.
                Ok(Some(found)) if flags == (OFlags::PATH | OFlags::CLOEXEC) => {
                    return Ok(Some(found));
                }
                Ok(Some(_)) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
        }

        match openat(self.here(), name, flags | OFlags::NOFOLLOW, mode) {
            // A link was put there in between.
            Err(Errno::LOOP) if !flags.contains(OFlags::NOFOLLOW) => {
                self.count()?;
                self.left.push_front(name.to_owned());
                Ok(None)
            }
            answer => answer.map(Some),
        }
    }
}

#[cfg(test)]
mod tests;
