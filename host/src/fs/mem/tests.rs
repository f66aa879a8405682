//! What files in memory do, and what they give back.

use super::*;

fn tree(limit: u64) -> (Account, NodeRef) {
    let account = Account::new(limit);
    let root = root(&account);
    (account, root)
}

fn errno<T>(result: io::Result<T>) -> Option<Errno> {
    result.err().and_then(|error| error.raw_os_error()).map(Errno::from_raw_os_error)
}

#[test]
fn what_is_removed_stays_while_it_is_open_and_is_given_back_then() {
    let (account, root) = tree(1 << 20);
    let file = root.make("f", New::File).unwrap();
    file.write_at(&[1; 100_000], None).unwrap();
    root.remove("f", false).unwrap();
    assert_eq!(errno(root.lookup("f")), Some(Errno::NOENT));
    assert_eq!((file.stat().unwrap().links, file.read_at(5, 99_999).unwrap().len()), (0, 1));
    assert!(account.used() > 100_000);
    assert_eq!(errno(root.link(&file, "again")), Some(Errno::NOENT));
    drop(file);
    assert_eq!(account.used(), 0);
}

#[test]
fn names_of_one_file_share_it() {
    let (_, root) = tree(1 << 20);
    let file = root.make("a", New::File).unwrap();
    root.link(&file, "b").unwrap();
    root.lookup("b").unwrap().write_at(b"both", None).unwrap();
    assert_eq!((&file.read_at(9, 0).unwrap()[..], file.stat().unwrap().links), (&b"both"[..], 2));
    root.rename("a", &root, "b").unwrap();
    assert!(root.lookup("a").is_ok(), "two names of one file: nothing happens, as POSIX has it");
    assert_eq!(errno(root.link(&file, "b")), Some(Errno::EXIST));
}

#[test]
fn renaming_replaces_what_fits_and_nothing_else() {
    let (_, root) = tree(1 << 20);
    let directory = root.make("d", New::Directory).unwrap();
    let inner = directory.make("inner", New::Directory).unwrap();
    root.make("f", New::File).unwrap();
    root.make("empty", New::Directory).unwrap();

    assert_eq!(errno(root.rename("f", &root, "d")), Some(Errno::ISDIR));
    assert_eq!(errno(root.rename("d", &root, "f")), Some(Errno::NOTDIR));
    assert_eq!(errno(root.rename("empty", &root, "d")), Some(Errno::NOTEMPTY));
    assert_eq!(errno(root.rename("d", &inner, "x")), Some(Errno::INVAL));
    assert_eq!(errno(root.rename("d", &directory, "x")), Some(Errno::INVAL));
    assert_eq!(errno(root.rename("gone", &root, "x")), Some(Errno::NOENT));
    let other = tree(1 << 20).1;
    assert_eq!(errno(root.rename("f", &other, "f")), Some(Errno::XDEV));

    root.rename("d", &root, "empty").unwrap();
    root.rename("f", &root.lookup("empty").unwrap(), "f").unwrap();
    let names = |node: &NodeRef| -> Vec<String> {
        node.entries().unwrap().into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(&root), ["empty"]);
    assert_eq!(names(&root.lookup("empty").unwrap()), ["f", "inner"]);
    // It knows where it is now.
    let moved = root.lookup("empty").unwrap();
    assert_eq!(errno(root.rename("empty", &inner, "x")), Some(Errno::INVAL));
    inner.make("deep", New::Directory).unwrap();
    assert!(
        moved.rename("inner", &root, "out").is_ok() && root.rename("empty", &inner, "x").is_ok()
    );
}

#[test]
fn nothing_is_made_in_a_directory_that_was_removed() {
    let (account, root) = tree(1 << 20);
    let directory = root.make("d", New::Directory).unwrap();
    root.make("f", New::File).unwrap();
    root.remove("d", true).unwrap();
    assert_eq!(errno(directory.make("x", New::File)), Some(Errno::NOENT));
    assert_eq!(errno(root.rename("f", &directory, "f")), Some(Errno::NOENT));
    assert!(root.lookup("f").is_ok());
    drop((directory, root));
    assert_eq!(account.used(), 0);
}

#[test]
fn names_are_bounded_as_bytes_are() {
    let (account, root) = tree(100_000);
    let made = (0..).map_while(|number| root.make(&format!("{number}"), New::File).ok()).count();
    assert!((300..400).contains(&made), "{made}");
    assert_eq!(errno(root.make("x", New::Link(&"y".repeat(5000)))), Some(Errno::NOSPC));
    root.remove("7", false).unwrap();
    root.make("8 again", New::File).unwrap();
    assert!(account.refused());
}

#[test]
fn a_million_directories_in_each_other_go_without_taking_the_stack() {
    let (account, root) = tree(1 << 30);
    let mut inner = root.clone();
    for _ in 0..1_000_000 {
        inner = inner.make("d", New::Directory).unwrap();
    }
    drop(inner);
    drop(root);
    assert_eq!(account.used(), 0);
}

#[test]
fn threads_never_lose_a_file_between_names() {
    let (_, root) = tree(1 << 20);
    let (a, b) = (root.make("a", New::Directory).unwrap(), root.make("b", New::Directory).unwrap());
    a.make("f", New::File).unwrap();
    std::thread::scope(|scope| {
        for (from, to) in [(&a, &b), (&b, &a)] {
            scope.spawn(move || (0..10_000).for_each(|_| drop(from.rename("f", to, "f"))));
            scope.spawn(move || (0..10_000).for_each(|_| drop(from.rename("f", from, "f"))));
        }
    });
    assert_eq!(a.entries().unwrap().len() + b.entries().unwrap().len(), 1);
}
