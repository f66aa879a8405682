//! What a file system is made of.

use std::any::Any;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use rustix::io::Errno;

use crate::stream::Shared;

/// A node, shared by whoever has it open and by the directories that list it.
pub type NodeRef = Arc<dyn Node>;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes, at offsets.
    File,
    /// Names.
    Directory,
    /// A path that is followed.
    Link,
    /// Bytes that come and go, without offsets.
    Device,
}

/// What is made in a directory.
#[derive(Clone, Copy, Debug)]
pub enum New<'a> {
    /// An empty file.
    File,
    /// An empty directory.
    Directory,
    /// A link to this path.
    Link(&'a str),
}

/// What is known of a node.
#[derive(Clone, Copy, Debug)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// How many directories list it.
    pub links: u64,
    /// Its size in bytes.
    pub size: u64,
    /// When it was read, changed, and when something else of it was changed.
    pub times: [SystemTime; 3],
}

/// What an open file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// It's read.
    pub read: bool,
    /// It's written.
    pub write: bool,
}

/// What stands for a node once it's open.
pub enum Handle {
    /// The node itself.
    Itself,
    /// Another node: the one that was opened.
    Node(NodeRef),
    /// Bytes without offsets.
    Stream(Shared),
    /// Bytes without offsets, once what gives them is there.
    Waiting(Pin<Box<dyn Future<Output = io::Result<Shared>> + Send>>),
}

/// A file, a directory, a link or a device. It's given names, never paths. An error carries an
/// errno, of which the error codes of all generations are made.
///
/// What a kind of node doesn't say is refused as it would be by a file system that is read-only.
pub trait Node: Any + Send + Sync {
    /// What it is.
    fn kind(&self) -> Kind;

    /// Which node it is: of which file system, and which of it. It stays the same.
    fn id(&self) -> (u64, u64);

    /// What is known of it.
    ///
    /// # Errors
    /// When it can't be looked at.
    fn stat(&self) -> io::Result<Stat>;

    /// Opens it.
    ///
    /// # Errors
    /// When that isn't possible, or not for this.
    fn open(&self, _: Access) -> io::Result<Handle> {
        Ok(Handle::Itself)
    }

    /// At most `len` bytes at `offset`; none at the end.
    ///
    /// # Errors
    /// When it has no bytes at offsets.
    fn read_at(&self, _len: usize, _offset: u64) -> io::Result<Bytes> {
        fail(Errno::BADF)
    }

    /// Writes at `offset`, or at the end; how much was written.
    ///
    /// # Errors
    /// When it can't be written, or there is no room.
    fn write_at(&self, _bytes: &[u8], _offset: Option<u64>) -> io::Result<usize> {
        fail(Errno::ROFS)
    }

    /// Cuts a file, or adds zeros.
    ///
    /// # Errors
    /// As [`write_at`](Node::write_at).
    fn set_size(&self, _: u64) -> io::Result<()> {
        fail(Errno::ROFS)
    }

    /// Sets when it was read and changed.
    ///
    /// # Errors
    /// When it can't be changed.
    fn set_times(&self, _: Option<SystemTime>, _: Option<SystemTime>) -> io::Result<()> {
        fail(Errno::ROFS)
    }

    /// Brings what was written to where it's kept.
    ///
    /// # Errors
    /// When that fails.
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    /// Where a link leads.
    ///
    /// # Errors
    /// When it's none.
    fn target(&self) -> io::Result<String> {
        fail(Errno::INVAL)
    }

    /// The node of that name.
    ///
    /// # Errors
    /// When there is none.
    fn lookup(&self, _: &str) -> io::Result<NodeRef> {
        fail(Errno::NOTDIR)
    }

    /// What it lists.
    ///
    /// # Errors
    /// When it's no directory, or can't be read.
    fn entries(&self) -> io::Result<Vec<(String, Kind)>> {
        fail(Errno::NOTDIR)
    }

    /// Makes something new.
    ///
    /// # Errors
    /// When there is something, or nothing can be made.
    fn make(&self, _: &str, _: New<'_>) -> io::Result<NodeRef> {
        fail(Errno::ROFS)
    }

    /// Removes a directory that is empty, or what is no directory.
    ///
    /// # Errors
    /// When it isn't what was said.
    fn remove(&self, _: &str, _directory: bool) -> io::Result<()> {
        fail(Errno::ROFS)
    }

    /// Puts what has this name under another one, there or in the directory `to`.
    ///
    /// # Errors
    /// `EXDEV` when that is another file system.
    fn rename(&self, _: &str, _to: &NodeRef, _new: &str) -> io::Result<()> {
        fail(Errno::ROFS)
    }

    /// Lists `node` here, too.
    ///
    /// # Errors
    /// `EXDEV` when it's of another file system.
    fn link(&self, _node: &NodeRef, _name: &str) -> io::Result<()> {
        fail(Errno::ROFS)
    }

    /// The directory below which others are mounted, if it's such a one.
    fn below(&self) -> Option<NodeRef> {
        None
    }

    /// Whether something is mounted at a name of it, or below that.
    fn is_point(&self, _: &str) -> bool {
        false
    }
}

/// A node of type `T` behind `node`, or behind what is mounted round it.
///
/// # Errors
/// `EXDEV` when it's of another kind.
pub(super) fn same_kind<T: Node>(node: &NodeRef) -> io::Result<Arc<T>> {
    let node = node.below().unwrap_or_else(|| node.clone());
    let any: Arc<dyn Any + Send + Sync> = node;
    any.downcast().map_err(|_| Errno::XDEV.into())
}

/// An error of the system's.
pub(super) fn fail<T>(errno: Errno) -> io::Result<T> {
    Err(errno.into())
}

/// A number for a file system, which no other one has.
pub(super) fn new_device() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);

    NEXT.fetch_add(1, Ordering::Relaxed)
}
