//! Copying a file up, and hiding what is below.

use std::io;

use rustix::io::Errno;

use crate::fs::node::{Access, Handle, New, NodeRef, fail};
use crate::fs::walk::is;

/// What hides a name begins with this.
pub(super) const HIDES: &str = ".wh.";
/// What hides all that is below a directory.
pub(super) const OPAQUE: &str = ".wh..wh..opq";
/// Under this name a file is copied up.
const COPYING: &str = ".wh..wh.copying";

/// Copies a file under another name first, so that nobody sees half of it.
pub(super) fn file(lower: &NodeRef, above: &NodeRef, name: &str) -> io::Result<NodeRef> {
    let _ = above.remove(COPYING, false);
    let copy = above.make(COPYING, New::File)?;
    let copied = opened(lower, true).and_then(|from| pour(&from, &opened(&copy, false)?));
    if let Err(error) = copied.and_then(|()| above.rename(COPYING, above, name)) {
        let _ = above.remove(COPYING, false);
        return Err(error);
    }
    above.lookup(name)
}

/// Shows again what was hidden at a name.
pub(super) fn unhide(upper: &NodeRef, name: &str) -> io::Result<()> {
    match upper.remove(&format!("{HIDES}{name}"), false) {
        Err(error) if !is(&error, Errno::NOENT) => Err(error),
        _ => Ok(()),
    }
}

/// Hides what is below at a name.
pub(super) fn hide(upper: &NodeRef, name: &str) -> io::Result<()> {
    match upper.make(&format!("{HIDES}{name}"), New::File) {
        Err(error) if !is(&error, Errno::EXIST) => Err(error),
        _ => Ok(()),
    }
}

/// Empties a directory above of what hides names below, so that it can be removed.
pub(super) fn clear(directory: &NodeRef) -> io::Result<()> {
    for (name, _) in directory.entries()? {
        if name.starts_with(HIDES) {
            directory.remove(&name, false)?;
        }
    }
    Ok(())
}

/// A file's node, open.
pub(super) fn opened(node: &NodeRef, read: bool) -> io::Result<NodeRef> {
    match node.open(Access { read, write: !read })? {
        Handle::Node(node) => Ok(node),
        Handle::Itself => Ok(node.clone()),
        Handle::Stream(_) | Handle::Waiting(_) => fail(Errno::NOTSUP),
    }
}

fn pour(from: &NodeRef, to: &NodeRef) -> io::Result<()> {
    let mut at = 0;
    loop {
        let bytes = from.read_at(1 << 16, at)?;
        if bytes.is_empty() {
            return Ok(());
        }
        let mut done = 0;
        while done < bytes.len() {
            done += to.write_at(&bytes[done..], Some(at + done as u64))?;
        }
        at += bytes.len() as u64;
    }
}
