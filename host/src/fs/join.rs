//! Directories below which others are mounted: what is mounted shows in listings, and paths lead
//! through it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use rustix::io::Errno;

use crate::fs::node::{Kind, New, Node, NodeRef, Stat, fail};

/// What is mounted at a path, and below it.
pub(super) struct Points {
    /// What is mounted here.
    pub node: Option<NodeRef>,
    /// What is mounted below, by the next name of its path.
    pub children: BTreeMap<String, Points>,
    /// Which node a directory is that nobody has made.
    id: (u64, u64),
}

/// A directory with mounts below it. Where there is no directory, the mounts are all there is.
struct Joined {
    inner: Option<NodeRef>,
    points: Arc<Points>,
    /// Where among the points it is: the names that lead to it.
    path: Vec<String>,
}

impl Points {
    /// Nothing mounted.
    pub fn new(device: u64) -> Points {
        Points { node: None, children: BTreeMap::new(), id: (device, 0) }
    }

    /// The place of a path, made if need be. Numbers of new ones start at `next`.
    pub fn at(&mut self, path: &[String], next: &mut u64) -> &mut Points {
        path.iter().fold(self, |points, name| {
            let device = points.id.0;
            points.children.entry(name.clone()).or_insert_with(|| {
                *next += 1;
                Points { id: (device, *next), ..Points::new(device) }
            })
        })
    }

    /// The place of a path, if something is mounted at it or below.
    pub fn find(&self, path: &[String]) -> Option<&Points> {
        path.iter().try_fold(self, |points, name| points.children.get(name))
    }
}

/// The directory at `path`, with what is mounted there and below it. `inner` is what is there if
/// nothing is mounted.
pub(super) fn join(points: &Arc<Points>, path: Vec<String>, inner: Option<NodeRef>) -> NodeRef {
    let Some(here) = points.find(&path) else {
        return inner
            .unwrap_or_else(|| Arc::new(Joined { inner: None, points: points.clone(), path }));
    };
    let inner = here.node.clone().or(inner.filter(|node| node.kind() == Kind::Directory));
    match inner {
        Some(inner) if here.children.is_empty() => inner,
        inner => Arc::new(Joined { inner, points: points.clone(), path }),
    }
}

impl Joined {
    fn here(&self) -> &Points {
        self.points.find(&self.path).expect("it was found when this was made")
    }

    fn inner(&self) -> io::Result<&NodeRef> {
        self.inner.as_ref().ok_or(Errno::ROFS.into())
    }

    /// The directory itself, for a name at which nothing is mounted.
    fn free(&self, name: &str) -> io::Result<&NodeRef> {
        if self.is_point(name) { fail(Errno::BUSY) } else { self.inner() }
    }
}

impl Node for Joined {
    fn kind(&self) -> Kind {
        Kind::Directory
    }

    fn id(&self) -> (u64, u64) {
        self.inner.as_ref().map_or_else(|| self.here().id, |inner| inner.id())
    }

    fn stat(&self) -> io::Result<Stat> {
        match &self.inner {
            Some(inner) => inner.stat(),
            None => Ok(Stat {
                kind: Kind::Directory,
                links: 1,
                size: self.here().children.len() as u64,
                times: [SystemTime::UNIX_EPOCH; 3],
            }),
        }
    }

    fn set_times(&self, read: Option<SystemTime>, changed: Option<SystemTime>) -> io::Result<()> {
        self.inner()?.set_times(read, changed)
    }

    fn sync(&self) -> io::Result<()> {
        self.inner.as_ref().map_or(Ok(()), |inner| inner.sync())
    }

    fn lookup(&self, name: &str) -> io::Result<NodeRef> {
        let inner = self.inner.as_ref().map(|inner| inner.lookup(name));
        if !self.is_point(name) {
            return inner.unwrap_or_else(|| fail(Errno::NOENT));
        }
        let path = self.path.iter().cloned().chain([name.to_owned()]).collect();
        Ok(join(&self.points, path, inner.and_then(Result::ok)))
    }

    fn entries(&self) -> io::Result<Vec<(String, Kind)>> {
        let mut entries = match &self.inner {
            Some(inner) => inner.entries()?,
            None => Vec::new(),
        };
        entries.retain(|(name, _)| !self.is_point(name));
        for (name, point) in &self.here().children {
            let kind = point.node.as_ref().map_or(Kind::Directory, |node| node.kind());
            entries.push((name.clone(), kind));
        }
        Ok(entries)
    }

    fn make(&self, name: &str, new: New<'_>) -> io::Result<NodeRef> {
        if self.is_point(name) {
            return fail(Errno::EXIST);
        }
        self.inner()?.make(name, new)
    }

    fn remove(&self, name: &str, directory: bool) -> io::Result<()> {
        self.free(name)?.remove(name, directory)
    }

    fn rename(&self, name: &str, to: &NodeRef, new: &str) -> io::Result<()> {
        self.free(name)?.rename(name, to, new)
    }

    fn link(&self, node: &NodeRef, name: &str) -> io::Result<()> {
        self.free(name)?.link(node, name)
    }

    fn below(&self) -> Option<NodeRef> {
        self.inner.clone()
    }

    fn is_point(&self, name: &str) -> bool {
        self.here().children.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::fs::mem;

    fn names(node: &NodeRef) -> Vec<String> {
        let mut names: Vec<String> =
            node.entries().unwrap().into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_mounted_below_a_directory_shows_and_leads_on() {
        let account = Account::new(1 << 20);
        let (outer, inner) = (mem::root(&account), mem::root(&account));
        outer.make("own", New::File).unwrap();
        outer.make("a", New::Directory).unwrap().make("beside", New::File).unwrap();
        inner.make("within", New::File).unwrap();
        let mut points = Points::new(1);
        let path = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        points.at(&path("a/b"), &mut 0).node = Some(inner.clone());
        points.at(&path("x/y"), &mut 9).node = Some(inner.clone());

        let root = join(&Arc::new(points), Vec::new(), Some(outer.clone()));
        assert_eq!(names(&root), ["a", "own", "x"]);
        let a = root.lookup("a").unwrap();
        assert_eq!(names(&a), ["b", "beside"]);
        assert_eq!(names(&a.lookup("b").unwrap()), ["within"]);
        assert_eq!(names(&root.lookup("x").unwrap()), ["y"]);

        let errno = |result: io::Result<()>| result.err().and_then(|error| error.raw_os_error());
        assert_eq!(errno(a.remove("b", true)), Some(Errno::BUSY.raw_os_error()));
        assert_eq!(errno(root.rename("a", &root, "z")), Some(Errno::BUSY.raw_os_error()));
        assert_eq!(errno(root.make("x", New::File).map(drop)), Some(Errno::EXIST.raw_os_error()));
        let x = root.lookup("x").unwrap();
        assert_eq!(errno(x.make("new", New::File).map(drop)), Some(Errno::ROFS.raw_os_error()));
        // From one side of a mount to the other is to another file system, and within one it isn't.
        let b = a.lookup("b").unwrap();
        assert_eq!(errno(root.rename("own", &b, "own")), Some(Errno::XDEV.raw_os_error()));
        root.rename("own", &a, "own").unwrap();
        assert_eq!(names(&outer.lookup("a").unwrap()), ["beside", "own"]);
    }
}
