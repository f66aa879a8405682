//! A directory with changes kept above it: what is below is only read. What is changed is copied up
//! first, and what is removed has a file `.wh.NAME` above that hides it, as in layers of container
//! images; a directory that hides all of one below holds `.wh..wh..opq`.

mod copy;
mod file;
mod system;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::SystemTime;

use bytes::Bytes;
use rustix::io::Errno;

use crate::fs::node::{Access, Handle, Kind, New, Node, NodeRef, Stat, fail, same_kind};
use crate::fs::overlay::copy::{HIDES, OPAQUE};
use crate::fs::overlay::file::OpenFile;
use crate::fs::overlay::system::System;
use crate::fs::walk::is;

/// How deep directories may lie in each other.
const DEPTH: usize = 4096;

struct Overlay {
    system: Arc<System>,
    own: Weak<Overlay>,
    /// The directory that it's in, and its name there; the root has none.
    place: Option<(Arc<Overlay>, String)>,
    depth: usize,
    kind: Kind,
    lower: Option<NodeRef>,
    upper: Mutex<Option<NodeRef>>,
}

/// The directory `lower` with changes kept in `upper`.
pub(super) fn root(lower: NodeRef, upper: NodeRef) -> NodeRef {
    let parts = Parts { place: None, lower: Some(lower), upper: Some(upper) };
    Overlay::new(&Arc::default(), parts)
}

struct Parts {
    place: Option<(Arc<Overlay>, String)>,
    lower: Option<NodeRef>,
    upper: Option<NodeRef>,
}

impl Overlay {
    fn new(system: &Arc<System>, parts: Parts) -> Arc<Overlay> {
        let Parts { place, lower, upper } = parts;
        let seen = upper.as_ref().or(lower.as_ref()).expect("a node is above, below or both");
        let kind = seen.kind();
        let depth = place.as_ref().map_or(0, |(above, _)| above.depth + 1);
        let system = system.clone();
        Arc::new_cyclic(|own| Overlay {
            system,
            own: own.clone(),
            place,
            depth,
            kind,
            lower,
            upper: Mutex::new(upper),
        })
    }

    fn held(&self) -> MutexGuard<'_, Option<NodeRef>> {
        self.upper.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// What is above, if something is: it may have been copied there by another way.
    fn upper(&self) -> Option<NodeRef> {
        let mut held = self.held();
        if let (None, Some((above, name))) = (&*held, &self.place) {
            *held = above.upper().and_then(|above| above.lookup(name).ok());
        }
        held.clone()
    }

    /// What is seen of it.
    fn seen(&self) -> NodeRef {
        self.upper().or_else(|| self.lower.clone()).expect("a node is above, below or both")
    }

    /// What is below, unless all of that is hidden.
    fn below(&self) -> Option<&NodeRef> {
        let hidden = |upper: &NodeRef| upper.lookup(OPAQUE).is_ok();
        let lower = self.lower.as_ref().filter(|lower| lower.kind() == Kind::Directory)?;
        (!self.upper().as_ref().is_some_and(hidden)).then_some(lower)
    }

    fn child(&self, name: &str) -> io::Result<Arc<Overlay>> {
        if name.starts_with(HIDES) {
            return fail(Errno::NOENT);
        }
        if self.depth >= DEPTH {
            return fail(Errno::NAMETOOLONG);
        }
        let upper = match self.upper().map(|upper| upper.lookup(name)) {
            None => None,
            Some(Ok(upper)) => Some(upper),
            Some(Err(error)) if is(&error, Errno::NOENT) => None,
            Some(Err(error)) => return Err(error),
        };
        let lower = match (&upper, self.below()) {
            (Some(upper), _) if upper.kind() != Kind::Directory => None,
            (None, _) if self.hides(name) => None,
            (_, Some(below)) => match below.lookup(name) {
                Ok(lower) => Some(lower),
                Err(error) if is(&error, Errno::NOENT) => None,
                Err(error) => return Err(error),
            },
            (_, None) => None,
        };
        // A file below isn't a part of a directory above.
        let lower = lower.filter(|lower| upper.is_none() || lower.kind() == Kind::Directory);
        if upper.is_none() && lower.is_none() {
            return fail(Errno::NOENT);
        }
        let place = self.own.upgrade().map(|own| (own, name.to_owned()));
        Ok(Overlay::new(&self.system, Parts { place, lower, upper }))
    }

    /// Whether a name below is hidden from above.
    fn hides(&self, name: &str) -> bool {
        self.upper().is_some_and(|upper| upper.lookup(&format!("{HIDES}{name}")).is_ok())
    }

    fn lists_below(&self, name: &str) -> bool {
        self.below().is_some_and(|below| below.lookup(name).is_ok())
    }

    /// Makes sure that it is above; gives what is there.
    fn copied(&self) -> io::Result<NodeRef> {
        if let Some(upper) = self.upper() {
            return Ok(upper);
        }
        let (above, name) = self.place.as_ref().expect("the root is above");
        if above.hides(name) {
            // It was removed since.
            return fail(Errno::NOENT);
        }
        let (above, lower) = (above.copied()?, self.lower.as_ref().ok_or(Errno::NOENT)?);
        let times = lower.stat()?.times;
        let copy = match self.kind {
            Kind::Directory => above.make(name, New::Directory)?,
            Kind::Link => above.make(name, New::Link(&lower.target()?))?,
            Kind::File => copy::file(lower, &above, name)?,
            Kind::Device => return fail(Errno::NOTSUP),
        };
        // A link's own times needn't be settable.
        let _ = copy.set_times(Some(times[0]), Some(times[1]));
        self.system.copied(lower.id(), &copy)?;
        *self.held() = Some(copy.clone());
        Ok(copy)
    }

    fn empty(&self) -> io::Result<()> {
        if self.entries()?.is_empty() { Ok(()) } else { fail(Errno::NOTEMPTY) }
    }

    /// Makes room for something at a name: what is there may be replaced by `node`, and is.
    fn replace(&self, upper: &NodeRef, name: &str, node: &Overlay) -> io::Result<()> {
        let there = match self.child(name) {
            Ok(there) => there,
            Err(error) if is(&error, Errno::NOENT) => return copy::unhide(upper, name),
            Err(error) => return Err(error),
        };
        match (node.kind == Kind::Directory, there.kind == Kind::Directory) {
            (true, false) => return fail(Errno::NOTDIR),
            (false, true) => return fail(Errno::ISDIR),
            (true, true) => there.empty()?,
            (false, false) => {}
        }
        if let (Some(above), Kind::Directory) = (there.upper(), there.kind) {
            copy::clear(&above)?;
        }
        copy::unhide(upper, name)
    }
}

/// A name that a guest may give: those that hide others are the overlay's own.
fn own(name: &str) -> io::Result<()> {
    if name.starts_with(HIDES) { fail(Errno::INVAL) } else { Ok(()) }
}

impl Node for Overlay {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn id(&self) -> (u64, u64) {
        match (self.upper(), &self.lower) {
            (_, Some(lower)) => lower.id(),
            (Some(upper), None) => {
                let id = upper.id();
                self.system.origin(id)
            }
            (None, None) => (0, 0),
        }
    }

    fn stat(&self) -> io::Result<Stat> {
        self.seen().stat()
    }

    fn open(&self, access: Access) -> io::Result<Handle> {
        let _names = self.system.names();
        let node = if access.write { self.copied()? } else { self.seen() };
        let node = match node.open(access)? {
            Handle::Itself => node,
            Handle::Node(opened) => opened,
            stream => return Ok(stream),
        };
        let file: NodeRef = self.own.upgrade().ok_or(Errno::NOENT)?;
        let lower = self.lower.as_ref().filter(|_| self.upper().is_none());
        let open = Arc::new(OpenFile::new(file, node, lower.is_some()));
        if let Some(lower) = lower {
            self.system.reads(lower.id(), &open);
        }
        Ok(Handle::Node(open))
    }

    fn read_at(&self, len: usize, offset: u64) -> io::Result<Bytes> {
        self.seen().read_at(len, offset)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        let _names = self.system.names();
        self.copied()?.set_size(size)
    }

    fn set_times(&self, read: Option<SystemTime>, changed: Option<SystemTime>) -> io::Result<()> {
        let _names = self.system.names();
        self.copied()?.set_times(read, changed)
    }

    fn sync(&self) -> io::Result<()> {
        self.upper().map_or(Ok(()), |upper| upper.sync())
    }

    fn target(&self) -> io::Result<String> {
        self.seen().target()
    }

    fn lookup(&self, name: &str) -> io::Result<NodeRef> {
        Ok(self.child(name)?)
    }

    fn entries(&self) -> io::Result<Vec<(String, Kind)>> {
        if self.kind != Kind::Directory {
            return fail(Errno::NOTDIR);
        }
        let mut seen: BTreeMap<String, Kind> = BTreeMap::new();
        if let Some(below) = self.below() {
            seen.extend(below.entries()?);
        }
        if let Some(upper) = self.upper() {
            let (own, all): (Vec<_>, Vec<_>) =
                upper.entries()?.into_iter().partition(|(name, _)| name.starts_with(HIDES));
            own.iter().filter_map(|(name, _)| name.strip_prefix(HIDES)).for_each(|name| {
                seen.remove(name);
            });
            seen.extend(all);
        }
        seen.retain(|name, _| !name.starts_with(HIDES));
        Ok(seen.into_iter().collect())
    }

    fn make(&self, name: &str, new: New<'_>) -> io::Result<NodeRef> {
        own(name)?;
        let _names = self.system.names();
        if self.child(name).is_ok() {
            return fail(Errno::EXIST);
        }
        let upper = self.copied()?;
        let made = upper.make(name, new)?;
        if made.kind() == Kind::Directory && self.hides(name) {
            made.make(OPAQUE, New::File)?;
        }
        copy::unhide(&upper, name)?;
        Ok(self.child(name)?)
    }

    fn remove(&self, name: &str, directory: bool) -> io::Result<()> {
        let _names = self.system.names();
        let node = self.child(name)?;
        match (directory, node.kind == Kind::Directory) {
            (true, true) => node.empty()?,
            (true, false) => return fail(Errno::NOTDIR),
            (false, true) => return fail(Errno::ISDIR),
            (false, false) => {}
        }
        let upper = self.copied()?;
        // Hidden first: what is below never shows in between.
        if self.lists_below(name) {
            copy::hide(&upper, name)?;
        }
        let Some(above) = node.upper() else { return Ok(()) };
        if directory {
            copy::clear(&above)?;
        }
        upper.remove(name, directory)
    }

    fn rename(&self, name: &str, to: &NodeRef, new: &str) -> io::Result<()> {
        own(new)?;
        let to: Arc<Overlay> = same_kind(to)?;
        if !Arc::ptr_eq(&to.system, &self.system) {
            return fail(Errno::XDEV);
        }
        let _names = self.system.names();
        let node = self.child(name)?;
        // As in the system's own overlays: what is below a directory isn't copied for its name.
        if node.kind == Kind::Directory && node.lower.is_some() {
            return fail(Errno::XDEV);
        }
        if to.child(new).is_ok_and(|there| there.id() == node.id()) {
            return Ok(());
        }
        node.copied()?;
        let (from_upper, to_upper) = (self.copied()?, to.copied()?);
        let covers = to.lists_below(new);
        to.replace(&to_upper, new, &node)?;
        from_upper.rename(name, &to_upper, new)?;
        if covers && node.kind == Kind::Directory {
            to_upper.lookup(new)?.make(OPAQUE, New::File)?;
        }
        if self.lists_below(name) { copy::hide(&from_upper, name) } else { Ok(()) }
    }

    fn link(&self, node: &NodeRef, name: &str) -> io::Result<()> {
        own(name)?;
        let node: Arc<Overlay> = same_kind(node)?;
        if !Arc::ptr_eq(&node.system, &self.system) {
            return fail(Errno::XDEV);
        }
        let _names = self.system.names();
        if self.child(name).is_ok() {
            return fail(Errno::EXIST);
        }
        let (node, upper) = (node.copied()?, self.copied()?);
        upper.link(&node, name)?;
        copy::unhide(&upper, name)
    }
}

#[cfg(test)]
mod tests;
