//! The one resolver: from a path beneath an open directory to a node.

use std::collections::VecDeque;
use std::io;

use rustix::io::Errno;

use crate::fs::node::{Kind, NodeRef, fail};

/// The most links that a path may lead through.
const LINKS: usize = 40;
/// The longest name of a file, in bytes.
const NAME: usize = 255;
/// The longest path, in bytes, links read.
const PATH: usize = 4096;

/// Where a path leads.
pub(super) struct Found {
    /// The directory.
    pub directory: NodeRef,
    /// The name in it; `.` if the path is that of a directory by `.` or `..`.
    pub name: String,
    /// What is there.
    pub node: Option<NodeRef>,
    /// Whether a slash followed, so that it must be a directory.
    pub slash: bool,
}

impl Found {
    /// Whether the path named a directory by `.` or `..`.
    pub fn is_dots(&self) -> bool {
        self.name == "."
    }
}

/// Follows `path` from `start`, and the link that it may end in, if `follow` says so.
///
/// # Errors
/// `EPERM` for what leads out, `EINVAL` for a path with a NUL, and as for the system's own paths.
pub(super) fn walk(start: &NodeRef, path: &str, follow: bool) -> io::Result<Found> {
    if path.is_empty() {
        return fail(Errno::NOENT);
    }
    if path.len() >= PATH {
        return fail(Errno::NAMETOOLONG);
    }
    let mut todo: VecDeque<String> = parts(path)?.collect();
    let mut above = vec![start.clone()];
    let mut links = 0;

    while let Some(name) = todo.pop_front() {
        let directory = above.last().expect("the start is never left").clone();
        if directory.kind() != Kind::Directory {
            return fail(Errno::NOTDIR);
        }
        match name.as_str() {
            "" | "." => continue,
            ".." if above.len() == 1 => return fail(Errno::PERM),
            ".." => {
                above.pop();
                continue;
            }
            name if name.len() > NAME => return fail(Errno::NAMETOOLONG),
            _ => {}
        }

        let last = todo.iter().all(String::is_empty);
        let slash = last && !todo.is_empty();
        let node = match directory.lookup(&name) {
            Ok(node) => node,
            Err(error) if last && is(&error, Errno::NOENT) => {
                return Ok(Found { directory, name, node: None, slash });
            }
            Err(error) => return Err(error),
        };

        if node.kind() == Kind::Link && (!last || follow || slash) {
            links += 1;
            if links > LINKS {
                return fail(Errno::LOOP);
            }
            let target = node.target()?;
            if target.is_empty() {
                return fail(Errno::NOENT);
            }
            for part in parts(&target)?.collect::<Vec<_>>().into_iter().rev() {
                todo.push_front(part);
            }
            if todo.len() > PATH {
                return fail(Errno::NAMETOOLONG);
            }
        } else if last {
            if slash && node.kind() != Kind::Directory {
                return fail(Errno::NOTDIR);
            }
            return Ok(Found { directory, name, node: Some(node), slash });
        } else {
            above.push(node);
        }
    }

    let directory = above.pop().expect("the start is never left");
    if directory.kind() != Kind::Directory {
        return fail(Errno::NOTDIR);
    }
    let node = Some(directory.clone());
    Ok(Found { directory, name: ".".to_owned(), node, slash: true })
}

/// The parts of a path that stays where it starts.
fn parts(path: &str) -> io::Result<impl Iterator<Item = String>> {
    if path.contains('\0') {
        return fail(Errno::INVAL);
    }
    if path.starts_with('/') {
        return fail(Errno::PERM);
    }
    Ok(path.split('/').map(str::to_owned))
}

/// Whether an error is that of the system's.
pub(super) fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::fs::mem;
    use crate::fs::node::New;

    fn tree() -> NodeRef {
        let root = mem::root(&Account::new(1 << 20));
        let inner = root.make("d", New::Directory).unwrap().make("e", New::Directory).unwrap();
        inner.make("f", New::File).unwrap();
        for (name, target) in [
            ("in", "d/e"),
            ("up", "../x"),
            ("out", "/etc"),
            ("self", "self"),
            ("file", "d/e/f"),
            ("slash", "d/e/"),
            ("gone", "nowhere"),
        ] {
            root.make(name, New::Link(target)).unwrap();
        }
        root
    }

    fn errno(path: &str, follow: bool) -> Option<i32> {
        walk(&tree(), path, follow).err().and_then(|error| error.raw_os_error())
    }

    #[test]
    fn a_path_leads_to_a_node_or_to_where_one_could_be() {
        let root = tree();
        for (path, name, there, slash) in [
            ("d", "d", true, false),
            ("d/", "d", true, true),
            ("./d//e/./f", "f", true, false),
            ("d/../d/e", "e", true, false),
            ("in/f", "f", true, false),
            ("in/../e/f", "f", true, false),
            ("file", "file", true, false),
            ("gone", "gone", true, false),
            ("slash", "slash", true, false),
            ("new", "new", false, false),
            ("new/", "new", false, true),
            ("d/e/..", ".", true, true),
            (".", ".", true, true),
            ("./", ".", true, true),
        ] {
            let found = walk(&root, path, false).unwrap();
            let seen = (found.name.as_str(), found.node.is_some(), found.slash);
            assert_eq!(seen, (name, there, slash), "{path}");
        }
        assert_eq!(walk(&root, "gone", true).unwrap().name, "nowhere");
        assert_eq!(walk(&root, "slash", true).unwrap().node.unwrap().kind(), Kind::Directory);
    }

    #[test]
    fn what_leads_out_or_nowhere_is_refused_by_its_errno() {
        for (path, follow, expected) in [
            ("..", true, Errno::PERM),
            ("d/../../d", true, Errno::PERM),
            ("/d", true, Errno::PERM),
            ("up", true, Errno::PERM),
            ("out/passwd", false, Errno::PERM),
            ("", true, Errno::NOENT),
            ("d\0", true, Errno::INVAL),
            ("self", true, Errno::LOOP),
            ("self/x", false, Errno::LOOP),
            ("file/x", false, Errno::NOTDIR),
            ("file/", false, Errno::NOTDIR),
            ("d/e/f/..", true, Errno::NOTDIR),
            ("d/e/f/.", true, Errno::NOTDIR),
            ("nowhere/x", true, Errno::NOENT),
        ] {
            assert_eq!(errno(path, follow), Some(expected.raw_os_error()), "{path}");
        }
        let long = "x".repeat(NAME + 1);
        assert_eq!(errno(&long, true), Some(Errno::NAMETOOLONG.raw_os_error()));
        assert_eq!(errno(&"d/../".repeat(1000), true), Some(Errno::NAMETOOLONG.raw_os_error()));
        assert!(walk(&tree(), "self", false).is_ok(), "a link at the end can be looked at");
    }

    #[test]
    fn forty_links_are_followed_and_no_more() {
        let root = tree();
        for number in 1..=41 {
            let target = if number == 1 { "d".to_owned() } else { format!("l{}", number - 1) };
            root.make(&format!("l{number}"), New::Link(&target)).unwrap();
        }
        assert!(walk(&root, "l40", true).is_ok());
        let over = walk(&root, "l41", true).err().unwrap();
        assert!(is(&over, Errno::LOOP));
    }
}
