//! A file system in memory. Its bytes and its names are charged to an account, so they are bounded
//! by that.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::SystemTime;

use bytes::Bytes;
use rustix::io::Errno;

use crate::account::{Account, Charge};
use crate::fs::node::{Kind, New, Node, NodeRef, Stat, fail, new_device, same_kind};
use crate::fs::pages::Pages;

/// What a name in a directory costs, and the node that it's of, besides the name itself.
const ENTRY: usize = 256;

/// What the nodes of one file system share.
struct FileSystem {
    device: u64,
    account: Account,
    next: AtomicU64,
    /// Held while names change, so that what is looked at before a change still holds in it.
    names: Mutex<()>,
}

struct Memory {
    number: u64,
    kind: Kind,
    system: Arc<FileSystem>,
    /// Itself, for the directories in it.
    own: Weak<Memory>,
    data: Mutex<Data>,
}

struct Data {
    body: Body,
    links: u64,
    times: [SystemTime; 3],
    /// What the body takes.
    charge: Charge,
}

enum Body {
    File(Pages),
    Directory { entries: BTreeMap<String, Entry>, parent: Weak<Memory> },
    Link(String),
}

/// A name in a directory.
struct Entry {
    node: Arc<Memory>,
    _charge: Charge,
}

/// An empty file system's root. What is in it is charged to `account`.
pub(super) fn root(account: &Account) -> NodeRef {
    let system = Arc::new(FileSystem {
        device: new_device(),
        account: account.clone(),
        next: AtomicU64::new(1),
        names: Mutex::default(),
    });
    Memory::new(&system, Kind::Directory, Body::directory(Weak::new()), account.open())
}

impl Body {
    fn directory(parent: Weak<Memory>) -> Body {
        Body::Directory { entries: BTreeMap::new(), parent }
    }
}

impl FileSystem {
    fn names(&self) -> MutexGuard<'_, ()> {
        self.names.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn entry(&self, name: &str, node: Arc<Memory>) -> io::Result<Entry> {
        let charge = self.account.charge(ENTRY + name.len()).map_err(|_| Errno::NOSPC)?;
        Ok(Entry { node, _charge: charge })
    }
}

impl Memory {
    fn new(system: &Arc<FileSystem>, kind: Kind, body: Body, charge: Charge) -> Arc<Memory> {
        let data = Data { body, links: 1, times: [SystemTime::now(); 3], charge };
        Arc::new_cyclic(|own| Memory {
            number: system.next.fetch_add(1, Ordering::Relaxed),
            kind,
            system: system.clone(),
            own: own.clone(),
            data: Mutex::new(data),
        })
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Does something to the names of a directory.
    fn names<R>(
        &self,
        work: impl FnOnce(&mut BTreeMap<String, Entry>) -> io::Result<R>,
    ) -> io::Result<R> {
        match &mut self.data().body {
            Body::Directory { entries, .. } => work(entries),
            Body::File(_) | Body::Link(_) => fail(Errno::NOTDIR),
        }
    }

    /// Puts a name into a directory that is still there.
    fn put(&self, name: &str, entry: Entry) -> io::Result<()> {
        let mut data = self.data();
        let gone = data.links == 0;
        let Body::Directory { entries, .. } = &mut data.body else { return fail(Errno::NOTDIR) };
        if gone {
            return fail(Errno::NOENT);
        }
        entries.insert(name.to_owned(), entry);
        data.touch();
        Ok(())
    }

    fn get(&self, name: &str) -> io::Result<Arc<Memory>> {
        self.names(|entries| Ok(entries.get(name).ok_or(Errno::NOENT)?.node.clone()))
    }

    fn parent(&self) -> Option<Arc<Memory>> {
        match &self.data().body {
            Body::Directory { parent, .. } => parent.upgrade(),
            Body::File(_) | Body::Link(_) => None,
        }
    }

    fn set_parent(&self, new: &Arc<Memory>) {
        if let Body::Directory { parent, .. } = &mut self.data().body {
            *parent = Arc::downgrade(new);
        }
    }

    /// Whether this is `other`, or a directory above it.
    fn holds(&self, other: &Arc<Memory>) -> bool {
        let mut above = Some(other.clone());
        while let Some(directory) = above {
            if directory.number == self.number {
                return true;
            }
            above = directory.parent();
        }
        false
    }

    /// Whether what is in the place of a name may be replaced by `node`.
    fn replaceable(&self, name: &str, node: &Memory) -> io::Result<()> {
        let Ok(there) = self.get(name) else { return Ok(()) };
        match (node.kind == Kind::Directory, there.kind == Kind::Directory) {
            (true, false) => fail(Errno::NOTDIR),
            (false, true) => fail(Errno::ISDIR),
            (true, true) => there.empty(),
            (false, false) => Ok(()),
        }
    }

    fn empty(&self) -> io::Result<()> {
        self.names(|entries| if entries.is_empty() { Ok(()) } else { fail(Errno::NOTEMPTY) })
    }

    /// Takes a name away. What it was of stays as long as it's open or has other names.
    fn take(&self, name: &str) -> io::Result<Entry> {
        let entry = self.names(|entries| Ok(entries.remove(name).ok_or(Errno::NOENT)?))?;
        self.data().touch();
        Ok(entry)
    }

    fn unlinked(&self) {
        let mut data = self.data();
        data.links = data.links.saturating_sub(1);
        data.times[2] = SystemTime::now();
    }
}

impl Data {
    /// Notes that it was changed.
    fn touch(&mut self) {
        let now = SystemTime::now();
        (self.times[1], self.times[2]) = (now, now);
    }
}

impl Node for Memory {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn id(&self) -> (u64, u64) {
        (self.system.device, self.number)
    }

    fn stat(&self) -> io::Result<Stat> {
        let data = self.data();
        let size = match &data.body {
            Body::File(pages) => pages.size(),
            Body::Directory { entries, .. } => entries.len() as u64,
            Body::Link(target) => target.len() as u64,
        };
        Ok(Stat { kind: self.kind, links: data.links, size, times: data.times })
    }

    fn read_at(&self, len: usize, offset: u64) -> io::Result<Bytes> {
        match &self.data().body {
            Body::File(pages) => Ok(pages.read(len, offset)),
            Body::Directory { .. } => fail(Errno::ISDIR),
            Body::Link(_) => fail(Errno::BADF),
        }
    }

    fn write_at(&self, bytes: &[u8], offset: Option<u64>) -> io::Result<usize> {
        let mut data = self.data();
        let Data { body, charge, .. } = &mut *data;
        let Body::File(pages) = body else { return fail(Errno::BADF) };
        let written = pages.write(bytes, offset, charge)?;
        data.touch();
        Ok(written)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        let mut data = self.data();
        let Data { body, charge, .. } = &mut *data;
        let Body::File(pages) = body else { return fail(Errno::INVAL) };
        pages.resize(size, charge)?;
        data.touch();
        Ok(())
    }

    fn set_times(&self, read: Option<SystemTime>, changed: Option<SystemTime>) -> io::Result<()> {
        let mut data = self.data();
        let [old_read, old_changed, _] = data.times;
        data.times = [read.unwrap_or(old_read), changed.unwrap_or(old_changed), SystemTime::now()];
        Ok(())
    }

    fn target(&self) -> io::Result<String> {
        match &self.data().body {
            Body::Link(target) => Ok(target.clone()),
            Body::File(_) | Body::Directory { .. } => fail(Errno::INVAL),
        }
    }

    fn lookup(&self, name: &str) -> io::Result<NodeRef> {
        Ok(self.get(name)?)
    }

    fn entries(&self) -> io::Result<Vec<(String, Kind)>> {
        self.names(|entries| {
            Ok(entries.iter().map(|(name, entry)| (name.clone(), entry.node.kind)).collect())
        })
    }

    fn make(&self, name: &str, new: New<'_>) -> io::Result<NodeRef> {
        let _names = self.system.names();
        if self.get(name).is_ok() {
            return fail(Errno::EXIST);
        }
        let account = &self.system.account;
        let (kind, body, charge) = match new {
            New::File => (Kind::File, Body::File(Pages::default()), account.open()),
            New::Directory => (Kind::Directory, Body::directory(self.own.clone()), account.open()),
            New::Link(target) => {
                let charge = account.charge(target.len()).map_err(|_| Errno::NOSPC)?;
                (Kind::Link, Body::Link(target.to_owned()), charge)
            }
        };
        let node = Memory::new(&self.system, kind, body, charge);
        self.put(name, self.system.entry(name, node.clone())?)?;
        Ok(node)
    }

    fn remove(&self, name: &str, directory: bool) -> io::Result<()> {
        let _names = self.system.names();
        let node = self.get(name)?;
        match (directory, node.kind == Kind::Directory) {
            (true, true) => node.empty()?,
            (true, false) => return fail(Errno::NOTDIR),
            (false, true) => return fail(Errno::ISDIR),
            (false, false) => {}
        }
        self.take(name)?.node.unlinked();
        Ok(())
    }

    fn rename(&self, name: &str, to: &NodeRef, new: &str) -> io::Result<()> {
        let to: Arc<Memory> = same_kind(to)?;
        if !Arc::ptr_eq(&to.system, &self.system) {
            return fail(Errno::XDEV);
        }
        let _names = self.system.names();
        let node = self.get(name)?;
        if node.kind == Kind::Directory && node.holds(&to) {
            return fail(Errno::INVAL);
        }
        if to.get(new).is_ok_and(|there| there.number == node.number) {
            return Ok(());
        }
        to.replaceable(new, &node)?;

        let entry = self.system.entry(new, node.clone())?;
        if let Ok(replaced) = to.take(new) {
            replaced.node.unlinked();
        }
        to.put(new, entry)?;
        self.take(name)?;
        node.set_parent(&to);
        node.data().times[2] = SystemTime::now();
        Ok(())
    }

    fn link(&self, node: &NodeRef, name: &str) -> io::Result<()> {
        let node: Arc<Memory> = same_kind(node)?;
        if !Arc::ptr_eq(&node.system, &self.system) {
            return fail(Errno::XDEV);
        }
        let _names = self.system.names();
        if self.get(name).is_ok() {
            return fail(Errno::EXIST);
        }
        let gone = node.data().links == 0;
        if gone {
            return fail(Errno::NOENT);
        }
        self.put(name, self.system.entry(name, node.clone())?)?;
        let mut data = node.data();
        data.links += 1;
        data.times[2] = SystemTime::now();
        Ok(())
    }
}

impl Drop for Memory {
    /// One after the other, however deep they lie in each other: dropped inside each other they
    /// would take the whole stack.
    fn drop(&mut self) {
        let mut todo = Vec::new();
        take_entries(&mut self.data, &mut todo);
        while let Some(node) = todo.pop() {
            if let Some(mut node) = Arc::into_inner(node) {
                take_entries(&mut node.data, &mut todo);
            }
        }
    }
}

fn take_entries(data: &mut Mutex<Data>, todo: &mut Vec<Arc<Memory>>) {
    let data = data.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Body::Directory { entries, .. } = &mut data.body {
        todo.extend(std::mem::take(entries).into_values().map(|entry| entry.node));
    }
}

#[cfg(test)]
mod tests;
