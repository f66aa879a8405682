//! What is changed is above, and what is below stays as it is.

use super::*;
use crate::account::Account;
use crate::fs::mem;
use crate::fs::walk::walk;

/// A tree, with an overlay of it.
fn over(lower: &NodeRef) -> (NodeRef, NodeRef) {
    let upper = mem::root(&Account::new(1 << 20));
    (super::root(lower.clone(), upper.clone()), upper)
}

fn tree() -> NodeRef {
    let root = mem::root(&Account::new(1 << 20));
    let d = root.make("d", New::Directory).unwrap();
    write(&d.make("f", New::File).unwrap(), "below");
    write(&root.make("g", New::File).unwrap(), "g");
    root
}

fn write(node: &NodeRef, text: &str) {
    node.write_at(text.as_bytes(), Some(0)).unwrap();
}

fn at(root: &NodeRef, path: &str) -> NodeRef {
    walk(root, path, true).unwrap().node.unwrap()
}

fn open(node: &NodeRef, write: bool) -> NodeRef {
    match node.open(Access { read: true, write }).unwrap() {
        Handle::Node(open) => open,
        _ => node.clone(),
    }
}

fn text(node: &NodeRef) -> String {
    String::from_utf8(open(node, false).read_at(100, 0).unwrap().to_vec()).unwrap()
}

fn names(node: &NodeRef) -> Vec<String> {
    node.entries().unwrap().into_iter().map(|(name, _)| name).collect()
}

fn errno<T>(result: io::Result<T>) -> Option<Errno> {
    result.err().and_then(|error| error.raw_os_error()).map(Errno::from_raw_os_error)
}

#[test]
fn a_file_is_copied_when_it_is_opened_to_be_written_and_stays_the_same_one() {
    let lower = tree();
    let (root, upper) = over(&lower);
    let reader = open(&at(&root, "d/f"), false);
    let id = at(&root, "d/f").id();
    assert!(names(&upper).is_empty());

    write(&open(&at(&root, "d/f"), true), "ABOVE");
    assert_eq!(
        (text(&at(&root, "d/f")), text(&at(&upper, "d/f"))),
        ("ABOVE".into(), "ABOVE".into())
    );
    let below = at(&lower, "d/f").read_at(10, 0).unwrap();
    assert_eq!(&below[..], b"below");
    assert_eq!((at(&root, "d/f").id(), reader.id()), (id, id));
    assert_eq!(&reader.read_at(10, 0).unwrap()[..], b"ABOVE", "whoever reads it sees the change");
}

#[test]
fn what_is_removed_is_hidden_and_what_is_made_in_its_place_is_empty() {
    let lower = tree();
    let (root, upper) = over(&lower);
    let d = at(&root, "d");
    assert_eq!(errno(root.remove("d", true)), Some(Errno::NOTEMPTY));
    d.remove("f", false).unwrap();
    assert_eq!((names(&d), names(&at(&upper, "d"))), (vec![], vec![".wh.f".into()]));
    assert_eq!(errno(d.lookup("f")), Some(Errno::NOENT));
    root.remove("d", true).unwrap();
    assert_eq!(names(&root), ["g"]);
    assert_eq!(errno(d.make("x", New::File)), Some(Errno::NOENT), "it was removed");

    root.make("d", New::Directory).unwrap();
    assert!(names(&at(&root, "d")).is_empty());
    at(&root, "d").make("f", New::File).unwrap();
    assert_eq!(text(&at(&root, "d/f")), "");
    assert_eq!(names(&lower), ["d", "g"]);
    assert_eq!(names(&at(&lower, "d")), ["f"]);
    for name in [".wh.g", ".wh..wh..opq"] {
        assert_eq!(errno(root.make(name, New::File)), Some(Errno::INVAL));
        assert_eq!(errno(root.lookup(name)), Some(Errno::NOENT));
    }
}

#[test]
fn renaming_copies_files_and_leaves_directories_below_to_who_can_copy() {
    let lower = tree();
    let (root, _) = over(&lower);
    assert_eq!(errno(root.rename("d", &root, "e")), Some(Errno::XDEV));
    let d = at(&root, "d");
    root.rename("g", &d, "f").unwrap();
    assert_eq!((names(&root), text(&at(&root, "d/f"))), (vec!["d".into()], "g".into()));

    root.make("new", New::Directory).unwrap().make("x", New::File).unwrap();
    d.remove("f", false).unwrap();
    root.rename("new", &root, "d").unwrap();
    assert_eq!(names(&at(&root, "d")), ["x"], "what was below stays hidden");
    assert_eq!(names(&lower), ["d", "g"]);
    let other = over(&lower).0;
    assert_eq!(errno(root.rename("d", &other, "z")), Some(Errno::XDEV));
}

#[test]
fn changes_without_room_fail_and_leave_what_was() {
    let lower = mem::root(&Account::new(1 << 20));
    write(&lower.make("big", New::File).unwrap(), &"x".repeat(50_000));
    let root = super::root(lower, mem::root(&Account::new(10_000)));
    assert_eq!(errno(at(&root, "big").set_size(1)), Some(Errno::NOSPC));
    assert_eq!(names(&root), ["big"]);
    assert_eq!(at(&root, "big").stat().unwrap().size, 50_000);
    root.remove("big", false).unwrap();
    assert!(names(&root).is_empty());
}

#[test]
fn an_overlay_of_an_overlay_hides_what_either_hides() {
    let lower = tree();
    let (middle, _) = over(&lower);
    middle.remove("g", false).unwrap();
    let (root, _) = over(&middle);
    root.make("g", New::Directory).unwrap();
    at(&root, "d").remove("f", false).unwrap();
    assert_eq!((names(&root), names(&at(&root, "d"))), (vec!["d".into(), "g".into()], vec![]));
    assert_eq!((names(&middle), names(&at(&middle, "d"))), (vec!["d".into()], vec!["f".into()]));
}
