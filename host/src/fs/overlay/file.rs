//! An open file of an overlay, which goes on above if it's copied there.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use bytes::Bytes;

use crate::fs::node::{Kind, Node, NodeRef, Stat};

/// An open file.
pub(super) struct OpenFile {
    /// The file that was opened, by its path.
    file: NodeRef,
    node: Mutex<NodeRef>,
    /// Whether what is open is still below.
    below: AtomicBool,
    id: (u64, u64),
}

impl OpenFile {
    /// What was opened of `file`, below or above.
    pub fn new(file: NodeRef, node: NodeRef, below: bool) -> OpenFile {
        let id = file.id();
        OpenFile { file, node: Mutex::new(node), below: AtomicBool::new(below), id }
    }

    /// Goes on with the copy above.
    pub fn moved(&self, to: NodeRef) {
        *self.held() = to;
        self.below.store(false, Ordering::Release);
    }

    fn held(&self) -> MutexGuard<'_, NodeRef> {
        self.node.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn node(&self) -> NodeRef {
        self.held().clone()
    }
}

impl Node for OpenFile {
    fn kind(&self) -> Kind {
        Kind::File
    }

    fn id(&self) -> (u64, u64) {
        self.id
    }

    fn stat(&self) -> io::Result<Stat> {
        self.node().stat()
    }

    fn read_at(&self, len: usize, offset: u64) -> io::Result<Bytes> {
        self.node().read_at(len, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: Option<u64>) -> io::Result<usize> {
        self.node().write_at(bytes, offset)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.node().set_size(size)
    }

    fn set_times(&self, read: Option<SystemTime>, changed: Option<SystemTime>) -> io::Result<()> {
        if self.below.load(Ordering::Acquire) {
            return self.file.set_times(read, changed);
        }
        self.node().set_times(read, changed)
    }

    fn sync(&self) -> io::Result<()> {
        self.node().sync()
    }
}
