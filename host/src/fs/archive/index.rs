//! What an archive lists, as a tree of names.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, SystemTime};

use crate::fs::archive::content::{Content, ENTRIES, Refused, too_large};

/// The tree. The first node is the root.
pub(super) struct Index {
    pub nodes: Vec<Listed>,
    /// How large everything may be, unpacked.
    most: u64,
    size: u64,
    /// Names in lower case, each with its directory.
    folded: HashSet<(usize, String)>,
}

/// What is listed.
pub(super) struct Listed {
    pub body: Body,
    pub links: u64,
    pub changed: SystemTime,
    /// Whether the archive itself says that it's there, and not only what is in it.
    said: bool,
}

/// What it is.
pub(super) enum Body {
    Directory(BTreeMap<String, usize>),
    File {
        size: u64,
        content: Content,
    },
    Link(String),
    /// A device, a pipe: its name is there, and it can't be opened.
    Special,
}

impl Index {
    /// An empty tree, for at most so many bytes.
    pub fn new(most: u64) -> Index {
        let root = Listed {
            body: Body::Directory(BTreeMap::new()),
            links: 1,
            changed: SystemTime::UNIX_EPOCH,
            said: false,
        };
        Index { nodes: vec![root], most, size: 0, folded: HashSet::new() }
    }

    /// Adds something.
    ///
    /// # Errors
    /// Why an archive that lists it is refused.
    pub fn add(&mut self, name: &[u8], body: Body, changed: u64) -> Result<(), Refused> {
        let names = names(name)?;
        if let Body::File { size, .. } = &body {
            self.size = self.size.saturating_add(*size);
            if self.size > self.most {
                return Err(too_large(self.most));
            }
        }
        if let Body::Link(target) = &body {
            within(&names, target)?;
        }

        let changed = Duration::from_secs(changed);
        let changed = SystemTime::UNIX_EPOCH.checked_add(changed).unwrap_or(SystemTime::UNIX_EPOCH);
        let Some((last, above)) = names.split_last() else {
            let is_root = matches!(body, Body::Directory(_));
            self.nodes[0].changed = changed;
            return if is_root { Ok(()) } else { Err("it has a file without a name".to_owned()) };
        };
        let directory = self.directory(above)?;
        match (self.child(directory, last), &body) {
            // A directory can be there because something in it came first.
            (Some(there), Body::Directory(_))
                if matches!(self.nodes[there].body, Body::Directory(_)) =>
            {
                if std::mem::replace(&mut self.nodes[there].said, true) {
                    return Err(format!("it has `{}` twice", names.join("/")));
                }
                self.nodes[there].changed = changed;
                Ok(())
            }
            (Some(_), _) => Err(format!("it has `{}` twice", names.join("/"))),
            (None, _) => {
                let listed = Listed { body, links: 1, changed, said: true };
                self.put(directory, last, listed).map(drop)
            }
        }
    }

    /// Adds another name of a file that is there.
    ///
    /// # Errors
    /// When there is no such file, or the name is refused.
    pub fn link(&mut self, name: &[u8], target: &[u8]) -> Result<(), Refused> {
        let (names, of) = (names(name)?, names_of(target)?);
        let there = of.iter().try_fold(0, |directory, name| self.child(directory, name));
        let shown = || format!("`{}` is another name of what isn't there", names.join("/"));
        let there = there.ok_or_else(shown)?;
        let (Some((last, above)), false) =
            (names.split_last(), matches!(self.nodes[there].body, Body::Directory(_)))
        else {
            return Err(shown());
        };
        let directory = self.directory(above)?;
        if self.child(directory, last).is_some() {
            return Err(format!("it has `{}` twice", names.join("/")));
        }
        self.fold(directory, last)?;
        self.nodes[there].links += 1;
        self.insert(directory, last, there);
        Ok(())
    }

    fn child(&self, directory: usize, name: &str) -> Option<usize> {
        match &self.nodes[directory].body {
            Body::Directory(entries) => entries.get(name).copied(),
            _ => None,
        }
    }

    /// The directory of these names, made where the archive doesn't say it.
    fn directory(&mut self, names: &[String]) -> Result<usize, Refused> {
        let mut directory = 0;
        for (depth, name) in names.iter().enumerate() {
            directory = match self.child(directory, name) {
                Some(there) => there,
                None => {
                    let body = Body::Directory(BTreeMap::new());
                    let changed = SystemTime::UNIX_EPOCH;
                    self.put(directory, name, Listed { body, links: 1, changed, said: false })?
                }
            };
            if !matches!(self.nodes[directory].body, Body::Directory(_)) {
                let shown = names[..=depth].join("/");
                return Err(format!("`{shown}` is a file, and has others in it"));
            }
        }
        Ok(directory)
    }

    fn put(&mut self, directory: usize, name: &str, listed: Listed) -> Result<usize, Refused> {
        if self.nodes.len() >= ENTRIES {
            return Err(format!("it has more than {ENTRIES} entries"));
        }
        self.fold(directory, name)?;
        self.nodes.push(listed);
        let number = self.nodes.len() - 1;
        self.insert(directory, name, number);
        Ok(number)
    }

    fn insert(&mut self, directory: usize, name: &str, number: usize) {
        if let Body::Directory(entries) = &mut self.nodes[directory].body {
            entries.insert(name.to_owned(), number);
        }
    }

    /// Notes a name, however its letters are.
    fn fold(&mut self, directory: usize, name: &str) -> Result<(), Refused> {
        if self.folded.insert((directory, name.to_lowercase())) {
            return Ok(());
        }
        Err(format!("it has `{name}` besides a name that differs in the letters' case only"))
    }
}

/// The most bytes of a path, and of a name.
const PATH: usize = 4096;
const NAME: usize = 255;

/// The names of a path that stays within.
fn names(path: &[u8]) -> Result<Vec<String>, Refused> {
    let shown = || String::from_utf8_lossy(&path[..path.len().min(200)]).escape_debug().to_string();
    if path.starts_with(b"/") {
        return Err(format!("the name `{}` is absolute", shown()));
    }
    names_of(path)
}

fn names_of(path: &[u8]) -> Result<Vec<String>, Refused> {
    let shown = || String::from_utf8_lossy(&path[..path.len().min(200)]).escape_debug().to_string();
    let text =
        std::str::from_utf8(path).map_err(|_| format!("the name `{}` is no UTF-8", shown()))?;
    if text.contains('\0') {
        return Err(format!("the name `{}` holds a NUL byte", shown()));
    }
    if text.len() >= PATH || text.split('/').any(|name| name.len() > NAME) {
        return Err(format!("the name `{}…` is too long", shown()));
    }
    let names = text.split('/').filter(|name| !matches!(*name, "" | "."));
    let names: Vec<String> = names.map(str::to_owned).collect();
    if names.iter().any(|name| name == "..") {
        return Err(format!("the name `{}` leads out by `..`", shown()));
    }
    Ok(names)
}

/// Whether a link stays within, as its text reads.
fn within(names: &[String], target: &str) -> Result<(), Refused> {
    let shown =
        || format!("the link `{}` leads out, to `{}`", names.join("/"), target.escape_debug());
    if target.is_empty() || target.starts_with('/') || target.contains('\0') || target.len() >= PATH
    {
        return Err(shown());
    }
    let mut depth = names.len().saturating_sub(1);
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1).ok_or_else(shown)?,
            _ => depth += 1,
        }
    }
    Ok(())
}
