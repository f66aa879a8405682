//! An open file or directory, and all that can be done with it: at a path below it, or at an
//! offset. What a function of WASI answers is decided here, the same for all generations.

use std::io;
use std::time::SystemTime;

use bytes::Bytes;
use rustix::io::Errno;

use crate::fs::node::{Access, Handle, Kind, New, NodeRef, Stat, fail};
use crate::fs::walk::{Found, is, walk};
use crate::stream::Shared;

/// What a guest's descriptor stands for. Clones are the same descriptor.
#[derive(Clone)]
pub struct Open {
    node: NodeRef,
    access: Access,
    /// Flags that are told as they were asked for: how writes are synchronised, and whether a
    /// directory may be changed.
    flags: u8,
    stream: Option<Shared>,
}

/// How something is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening {
    /// It's made if it isn't there.
    pub create: bool,
    /// It must be a directory.
    pub directory: bool,
    /// It must not be there yet.
    pub exclusive: bool,
    /// It's emptied.
    pub truncate: bool,
    /// It's read.
    pub read: bool,
    /// It's written.
    pub write: bool,
    /// A link that the path ends in is followed.
    pub follow: bool,
    /// What is told again: see [`Open::flags`].
    pub flags: u8,
}

impl Open {
    /// A directory that a guest finds open.
    pub fn root(node: NodeRef, flags: u8) -> Open {
        Open { node, access: Access { read: true, write: false }, flags, stream: None }
    }

    /// A file, opened by the user for a guest.
    ///
    /// # Errors
    /// When it can't be.
    pub async fn whole(node: NodeRef, access: Access, flags: u8) -> io::Result<Open> {
        Open { node, access, flags, stream: None }.opened().await
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.node.kind()
    }

    /// Whether it's read, and whether it's written.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Flags that it was opened with, which mean something to nobody else.
    pub fn flags(&self) -> u8 {
        self.flags
    }

    /// Which node it is.
    pub fn id(&self) -> (u64, u64) {
        self.node.id()
    }

    /// The stream that it's read and written by, if it has no offsets.
    pub fn stream(&self) -> Option<&Shared> {
        self.stream.as_ref()
    }

    /// What is known of it.
    ///
    /// # Errors
    /// When it can't be looked at.
    pub fn stat(&self) -> io::Result<Stat> {
        self.node.stat()
    }

    /// The node at `path`.
    ///
    /// # Errors
    /// `ENOENT` when there is none.
    pub fn at(&self, follow: bool, path: &str) -> io::Result<NodeRef> {
        walk(&self.node, path, follow)?.node.ok_or_else(|| Errno::NOENT.into())
    }

    /// Opens what is at `path`.
    ///
    /// # Errors
    /// As the system's `openat`.
    pub async fn open(&self, path: &str, how: Opening) -> io::Result<Open> {
        if how.directory && (how.create || how.exclusive || how.truncate) {
            return fail(Errno::INVAL);
        }
        // Flags that ask for a change ask for access to write.
        let write = how.write || how.truncate;
        let node = self.find(path, how)?;
        match node.kind() {
            Kind::Link => return fail(Errno::LOOP),
            Kind::Directory if write || how.create => return fail(Errno::ISDIR),
            Kind::File | Kind::Device if how.directory => return fail(Errno::NOTDIR),
            Kind::Directory | Kind::File | Kind::Device => {}
        }

        let access = Access { read: how.read || !write, write: write || how.create };
        let open = Open { node, access, flags: how.flags, stream: None };
        let opened = match open.clone().opened().await {
            // What is there already needn't be written because it would have been made.
            Err(error) if !write && is(&error, Errno::ROFS) => {
                Open { access: Access { write: false, ..access }, ..open }.opened().await?
            }
            opened => opened?,
        };
        if how.truncate && opened.kind() == Kind::File && opened.stream.is_none() {
            opened.node.set_size(0)?;
        }
        Ok(opened)
    }

    /// The node to open, made if it may be.
    fn find(&self, path: &str, how: Opening) -> io::Result<NodeRef> {
        let must_be_new = how.create && how.exclusive;
        let found = walk(&self.node, path, how.follow && !must_be_new)?;
        match found.node {
            Some(_) if must_be_new => fail(Errno::EXIST),
            Some(node) => Ok(node),
            None if how.create && found.slash => fail(Errno::ISDIR),
            None if how.create => match found.directory.make(&found.name, New::File) {
                // Somebody else made it meanwhile.
                Err(error) if is(&error, Errno::EXIST) && !must_be_new => {
                    found.directory.lookup(&found.name)
                }
                made => made,
            },
            None => fail(Errno::NOENT),
        }
    }

    async fn opened(mut self) -> io::Result<Open> {
        if self.kind() == Kind::Directory {
            return Ok(self);
        }
        match self.node.open(self.access)? {
            Handle::Itself => {}
            Handle::Node(node) => self.node = node,
            Handle::Stream(stream) => self.stream = Some(stream),
            Handle::Waiting(stream) => self.stream = Some(stream.await?),
        }
        Ok(self)
    }

    /// At most `len` bytes at `offset`.
    ///
    /// # Errors
    /// When it's no file, or wasn't opened to be read.
    pub fn read_at(&self, len: usize, offset: u64) -> io::Result<Bytes> {
        if i64::try_from(offset).is_err() {
            return fail(Errno::INVAL);
        }
        match self.kind() {
            Kind::File if self.access.read => self.node.read_at(len, offset),
            Kind::Directory => fail(Errno::ISDIR),
            _ => fail(Errno::BADF),
        }
    }

    /// Writes at `offset`, or at the end.
    ///
    /// # Errors
    /// When it's no file, or wasn't opened to be written.
    pub fn write_at(&self, bytes: &[u8], offset: Option<u64>) -> io::Result<usize> {
        if offset.is_some_and(|offset| i64::try_from(offset).is_err()) {
            return fail(Errno::INVAL);
        }
        match self.kind() {
            Kind::File if self.access.write => self.node.write_at(bytes, offset),
            _ => fail(Errno::BADF),
        }
    }

    /// Cuts a file, or adds zeros. What has no offsets has no size to set.
    ///
    /// # Errors
    /// As [`write_at`](Open::write_at), but for the errno of a file that is only read.
    pub fn set_size(&self, size: u64) -> io::Result<()> {
        match self.kind() {
            Kind::Directory => fail(Errno::BADF),
            _ if self.stream.is_some() => Ok(()),
            _ if self.access.write => self.node.set_size(size),
            _ => fail(Errno::INVAL),
        }
    }

    /// Sets when it was read and changed.
    ///
    /// # Errors
    /// When it can't be changed.
    pub fn set_times(
        &self,
        read: Option<SystemTime>,
        changed: Option<SystemTime>,
    ) -> io::Result<()> {
        self.node.set_times(read, changed)
    }

    /// Brings what was written to where it's kept.
    ///
    /// # Errors
    /// When that fails.
    pub fn sync(&self) -> io::Result<()> {
        self.node.sync()
    }

    /// What a directory lists.
    ///
    /// # Errors
    /// When it's none.
    pub fn entries(&self) -> io::Result<Vec<(String, Kind)>> {
        self.node.entries()
    }

    /// Makes a directory or a link.
    ///
    /// # Errors
    /// `EEXIST` when something is there.
    pub fn make(&self, path: &str, new: New<'_>) -> io::Result<()> {
        if let New::Link(target) = new {
            match target {
                "" => return fail(Errno::NOENT),
                target if target.starts_with('/') => return fail(Errno::PERM),
                target if target.contains('\0') => return fail(Errno::INVAL),
                _ => {}
            }
        }
        let found = walk(&self.node, path, false)?;
        if found.node.is_some() {
            return fail(Errno::EXIST);
        }
        if found.slash && !matches!(new, New::Directory) {
            return fail(Errno::NOENT);
        }
        found.directory.make(&found.name, new).map(drop)
    }

    /// Removes a directory, or what is none.
    ///
    /// # Errors
    /// When it isn't what was said, or isn't empty.
    pub fn remove(&self, path: &str, directory: bool) -> io::Result<()> {
        let found = walk(&self.node, path, false)?;
        let dots = found.is_dots();
        match found.node {
            None => fail(Errno::NOENT),
            Some(_) if found.directory.is_point(&found.name) => fail(Errno::BUSY),
            Some(_) if dots => fail(if directory { Errno::INVAL } else { Errno::ISDIR }),
            Some(node) if !directory && node.kind() == Kind::Directory => fail(Errno::ISDIR),
            Some(node) if directory && node.kind() != Kind::Directory => fail(Errno::NOTDIR),
            Some(_) => found.directory.remove(&found.name, directory),
        }
    }

    /// Puts what is at `path` below this to `new` below `to`.
    ///
    /// # Errors
    /// As the system's `renameat`.
    pub fn rename(&self, path: &str, to: &Open, new: &str) -> io::Result<()> {
        let from = walk(&self.node, path, false)?;
        let to = walk(&to.node, new, false)?;
        let Some(node) = &from.node else { return fail(Errno::NOENT) };
        let is_point = |found: &Found| found.is_dots() || found.directory.is_point(&found.name);
        if is_point(&from) || is_point(&to) {
            return fail(Errno::BUSY);
        }
        if node.kind() != Kind::Directory && (from.slash || to.slash) {
            return fail(Errno::NOTDIR);
        }
        from.directory.rename(&from.name, &to.directory, &to.name)
    }

    /// Lists what is at `path` at `new` below `to`, too.
    ///
    /// # Errors
    /// As the system's `linkat`.
    pub fn link(&self, path: &str, to: &Open, new: &str) -> io::Result<()> {
        let node = self.at(false, path)?;
        let to = walk(&to.node, new, false)?;
        match (node.kind(), to.node) {
            (Kind::Directory, _) => fail(Errno::PERM),
            (_, Some(_)) => fail(Errno::EXIST),
            _ if to.slash => fail(Errno::NOENT),
            _ => to.directory.link(&node, &to.name),
        }
    }
}
