//! Any bytes as an archive: refused with a reason, or a tree in which every name leads to a node
//! below the root and every file is as long as it says, or can't be opened.

use std::io::Write;

use forebay::fs::{self, Access, Handle, Kind, NodeRef};

/// How many nodes of one archive are looked at.
const MOST: usize = 2000;

/// One input.
pub fn run(bytes: &[u8]) {
    let mut file = tempfile::tempfile().expect("a place for an archive");
    file.write_all(bytes).expect("it has room");
    let root = match fs::read_archive(file) {
        Ok(root) => root,
        Err(why) => return assert!(!why.is_empty()),
    };

    let mut todo = vec![root];
    let mut seen = 0;
    while let Some(node) = todo.pop() {
        seen += 1;
        match node.kind() {
            _ if seen > MOST => return,
            Kind::Directory => {
                for (name, kind) in node.entries().expect("it's a directory") {
                    assert!(!name.is_empty() && name != "." && name != ".." && !name.contains('/'));
                    let inner = node.lookup(&name).expect("what is listed is there");
                    assert_eq!(inner.kind(), kind);
                    todo.push(inner);
                }
            }
            Kind::File => length(&node),
            Kind::Link => assert!(!node.target().expect("it leads somewhere").starts_with('/')),
            Kind::Device => assert!(node.open(Access::default()).is_err()),
        }
    }
}

fn length(node: &NodeRef) {
    let Ok(Handle::Node(open)) = node.open(Access { read: true, write: false }) else { return };
    let size = node.stat().expect("it's listed").size;
    let end = open.read_at(1, size).expect("nothing is there");
    assert!(end.is_empty());
    assert!(open.read_at(1 << 16, 0).is_ok_and(|read| read.len() as u64 <= size));
}
