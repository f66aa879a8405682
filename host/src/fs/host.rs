//! Nodes of a host directory, for what is mounted below one, or kept above one. What is granted by
//! itself doesn't come here: that is wasmtime-wasi's.
//!
//! Each step is one name beneath an open directory, and follows no link, so nothing that is renamed
//! meanwhile leads out.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

use crate::fs::node::{Access, Handle, Kind, New, Node, NodeRef, Stat, fail, same_kind};

/// Something in a directory of the host's, by its name there.
struct HostNode {
    /// The directory that it's in, and its name; the top has none.
    place: Option<(Arc<File>, String)>,
    /// The node, as a place to start from.
    path: Arc<File>,
    kind: Kind,
    id: (u64, u64),
    read_only: bool,
}

/// An open file of the host's.
struct HostFile {
    file: File,
    id: (u64, u64),
    read_only: bool,
}

/// The nodes of an open directory.
///
/// # Errors
/// When it can't be looked at.
pub(super) fn root(directory: &Arc<File>, read_only: bool) -> io::Result<NodeRef> {
    HostNode::new(None, directory.clone(), read_only)
}

const LOOK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const NEW_FILE: Mode = Mode::from_raw_mode(0o666);
const NEW_DIRECTORY: Mode = Mode::from_raw_mode(0o777);

impl HostNode {
    fn new(
        place: Option<(Arc<File>, String)>,
        path: Arc<File>,
        read_only: bool,
    ) -> io::Result<NodeRef> {
        let stat = rustix::fs::fstat(&path)?;
        let kind = kind(FileType::from_raw_mode(stat.st_mode));
        let id = (stat.st_dev, stat.st_ino);
        Ok(Arc::new(HostNode { place, path, kind, id, read_only }))
    }

    fn place(&self) -> io::Result<(&File, &str)> {
        let (directory, name) = self.place.as_ref().ok_or(Errno::BUSY)?;
        Ok((directory, name))
    }

    /// Its directory, if it may be changed.
    fn changed(&self) -> io::Result<&File> {
        match (self.read_only, self.kind) {
            (true, _) => fail(Errno::ROFS),
            (false, Kind::Directory) => Ok(&self.path),
            (false, _) => fail(Errno::NOTDIR),
        }
    }

    /// Opens it as a file, if it still is the one that was looked at.
    fn file(&self, access: Access) -> io::Result<File> {
        if self.kind != Kind::File {
            return fail(Errno::NOTSUP);
        }
        let mode = match (access.read, access.write) {
            (_, true) if self.read_only => return fail(Errno::ROFS),
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            (_, false) => OFlags::RDONLY,
        };
        let (directory, name) = self.place()?;
        let flags = mode | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = rustix::fs::openat(directory, name, flags, Mode::empty())?.into();
        let stat = rustix::fs::fstat(&file)?;
        if (stat.st_dev, stat.st_ino) != self.id {
            return fail(Errno::NOENT);
        }
        Ok(file)
    }
}

fn kind(kind: FileType) -> Kind {
    match kind {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Link,
        _ => Kind::Device,
    }
}

impl Node for HostNode {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn id(&self) -> (u64, u64) {
        self.id
    }

    fn stat(&self) -> io::Result<Stat> {
        stat(&self.path)
    }

    fn open(&self, access: Access) -> io::Result<Handle> {
        let (file, read_only) = (self.file(access)?, self.read_only);
        Ok(Handle::Node(Arc::new(HostFile { file, id: self.id, read_only })))
    }

    fn read_at(&self, len: usize, offset: u64) -> io::Result<Bytes> {
        read(&self.file(Access { read: true, write: false })?, len, offset)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        Ok(rustix::fs::ftruncate(self.file(Access { read: false, write: true })?, size)?)
    }

    fn set_times(&self, read: Option<SystemTime>, changed: Option<SystemTime>) -> io::Result<()> {
        if self.read_only {
            return fail(Errno::ROFS);
        }
        let times = times(read, changed);
        let (directory, name) = match &self.place {
            Some((directory, name)) => (&**directory, name.as_str()),
            None => (&*self.path, "."),
        };
        Ok(rustix::fs::utimensat(directory, name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    fn target(&self) -> io::Result<String> {
        let target = rustix::fs::readlinkat(&self.path, "", Vec::new())?;
        target.into_string().map_err(|_| Errno::ILSEQ.into())
    }

    fn lookup(&self, name: &str) -> io::Result<NodeRef> {
        let node: File = rustix::fs::openat(&self.path, name, LOOK, Mode::empty())?.into();
        HostNode::new(Some((self.path.clone(), name.to_owned())), node.into(), self.read_only)
    }

    fn entries(&self) -> io::Result<Vec<(String, Kind)>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let listed = Dir::new(rustix::fs::openat(&self.path, ".", flags, Mode::empty())?)?;
        let mut entries = Vec::new();
        for entry in listed {
            let entry = entry?;
            let name = entry.file_name().to_str().map_err(|_| Errno::ILSEQ)?;
            if matches!(name, "." | "..") {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => self.lookup(name)?.kind(),
                known => kind(known),
            };
            entries.push((name.to_owned(), kind));
        }
        Ok(entries)
    }

    fn make(&self, name: &str, new: New<'_>) -> io::Result<NodeRef> {
        let directory = self.changed()?;
        match new {
            New::File => {
                let flags = OFlags::CREATE
                    | OFlags::EXCL
                    | OFlags::WRONLY
                    | OFlags::NOFOLLOW
                    | OFlags::CLOEXEC;
                drop(rustix::fs::openat(directory, name, flags, NEW_FILE)?);
            }
            New::Directory => rustix::fs::mkdirat(directory, name, NEW_DIRECTORY)?,
            New::Link(target) => rustix::fs::symlinkat(target, directory, name)?,
        }
        self.lookup(name)
    }

    fn remove(&self, name: &str, directory: bool) -> io::Result<()> {
        let flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        Ok(rustix::fs::unlinkat(self.changed()?, name, flags)?)
    }

    fn rename(&self, name: &str, to: &NodeRef, new: &str) -> io::Result<()> {
        let to: Arc<HostNode> = same_kind(to)?;
        Ok(rustix::fs::renameat(self.changed()?, name, to.changed()?, new)?)
    }

    fn link(&self, node: &NodeRef, name: &str) -> io::Result<()> {
        let node: Arc<HostNode> = same_kind(node)?;
        let (directory, own) = node.place()?;
        if node.read_only {
            return fail(Errno::ROFS);
        }
        Ok(rustix::fs::linkat(directory, own, self.changed()?, name, AtFlags::empty())?)
    }
}

impl Node for HostFile {
    fn kind(&self) -> Kind {
        Kind::File
    }

    fn id(&self) -> (u64, u64) {
        self.id
    }

    fn stat(&self) -> io::Result<Stat> {
        stat(&self.file)
    }

    fn read_at(&self, len: usize, offset: u64) -> io::Result<Bytes> {
        read(&self.file, len, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: Option<u64>) -> io::Result<usize> {
        match offset {
            Some(offset) => self.file.write_at(bytes, offset),
            // Nobody else's write comes between: the system looks for the end itself.
            None => {
                let written = rustix::io::pwritev2(
                    &self.file,
                    &[io::IoSlice::new(bytes)],
                    u64::MAX,
                    rustix::io::ReadWriteFlags::APPEND,
                );
                Ok(written?)
            }
        }
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        Ok(rustix::fs::ftruncate(&self.file, size)?)
    }

    fn set_times(&self, read: Option<SystemTime>, changed: Option<SystemTime>) -> io::Result<()> {
        if self.read_only {
            return fail(Errno::ROFS);
        }
        Ok(rustix::fs::futimens(&self.file, &times(read, changed))?)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

fn read(file: &File, len: usize, offset: u64) -> io::Result<Bytes> {
    let mut bytes = BytesMut::zeroed(len.min(1 << 16));
    let count = file.read_at(&mut bytes, offset)?;
    bytes.truncate(count);
    Ok(bytes.freeze())
}

fn stat(file: &File) -> io::Result<Stat> {
    let stat = rustix::fs::fstat(file)?;
    let time = |seconds: i64, nanoseconds: u64| {
        let nanoseconds = Duration::from_nanos(nanoseconds);
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let at = match seconds < 0 {
            true => SystemTime::UNIX_EPOCH.checked_sub(whole),
            false => SystemTime::UNIX_EPOCH.checked_add(whole),
        };
        at.and_then(|at| at.checked_add(nanoseconds)).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    Ok(Stat {
        kind: kind(FileType::from_raw_mode(stat.st_mode)),
        links: stat.st_nlink,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        times: [
            time(stat.st_atime, stat.st_atime_nsec),
            time(stat.st_mtime, stat.st_mtime_nsec),
            time(stat.st_ctime, stat.st_ctime_nsec),
        ],
    })
}

fn times(read: Option<SystemTime>, changed: Option<SystemTime>) -> Timestamps {
    let one = |time: Option<SystemTime>| match time {
        None => Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
        Some(time) => {
            let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            Timespec {
                tv_sec: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: i64::from(since.subsec_nanos()),
            }
        }
    };
    Timestamps { last_access: one(read), last_modification: one(changed) }
}
