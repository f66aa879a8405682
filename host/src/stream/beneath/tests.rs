//! Both ways of opening beneath a directory: the kernel's, and the walk.

use std::io::Read;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

type Way = fn(BorrowedFd<'_>, &Path, OFlags) -> rustix::io::Result<OwnedFd>;

const WAYS: [(&str, Way); 2] = [("openat2", by_kernel), ("walk", walk)];

/// A directory `top` with files and links, beside a file that holds `outside`.
struct Scratch {
    folder: tempfile::TempDir,
    top: File,
}

impl Scratch {
    fn new() -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::create_dir_all(path.join("top/a/b")).unwrap();
        std::fs::write(path.join("secret"), "outside").unwrap();
        std::fs::write(path.join("top/f"), "f").unwrap();
        std::fs::write(path.join("top/a/b/g"), "g").unwrap();

        let link = |target: &str, name: &str| symlink(target, path.join("top").join(name)).unwrap();
        link("../secret", "out");
        link("a/../../secret", "out2");
        link("a/b", "in");
        link("../f", "a/up");
        link("/etc/hostname", "absolute");
        link(path.join("top/f").to_str().unwrap(), "absolute-in");
        link("../nothing", "out-nothing");
        link("nothing", "dangling");
        link("loop", "loop");
        link("..", "up");
        let top = File::open(path.join("top")).unwrap();
        Scratch { folder, top }
    }

    fn read(&self, way: Way, path: &str) -> Result<String, Errno> {
        let mut text = String::new();
        File::from(way(self.top.as_fd(), Path::new(path), OFlags::RDONLY)?)
            .read_to_string(&mut text)
            .map_err(|error| Errno::from_io_error(&error).unwrap())?;
        Ok(text)
    }
}

#[test]
fn what_stays_beneath_is_opened() {
    let scratch = Scratch::new();
    for (name, way) in WAYS {
        for (path, text) in [
            ("f", "f"),
            ("./a/../f", "f"),
            ("a/b/../../f", "f"),
            ("in/g", "g"),
            ("in/../up", "f"),
            ("a/up", "f"),
            ("a//b/./g", "g"),
        ] {
            assert_eq!(scratch.read(way, path).as_deref(), Ok(text), "{name}: {path}");
        }
    }
}

#[test]
fn what_leads_out_is_refused_alike_whether_or_not_it_is_there() {
    let scratch = Scratch::new();
    for (name, way) in WAYS {
        for path in [
            "..",
            "../secret",
            "../nothing",
            "a/../../secret",
            "out",
            "out2",
            "out-nothing",
            "absolute",
            "absolute-in",
            "/etc/hostname",
            "/",
            "up/secret",
            "in/../../../secret",
        ] {
            assert_eq!(scratch.read(way, path), Err(Errno::XDEV), "{name}: {path}");
        }
    }
}

#[test]
fn other_failures_are_the_systems() {
    let scratch = Scratch::new();
    for (name, way) in WAYS {
        for (path, error) in [
            ("nothing", Errno::NOENT),
            ("nothing/../../secret", Errno::NOENT),
            ("dangling", Errno::NOENT),
            ("f/x", Errno::NOTDIR),
            ("loop", Errno::LOOP),
            ("loop/x", Errno::LOOP),
            ("a", Errno::ISDIR),
            (".", Errno::ISDIR),
        ] {
            assert_eq!(scratch.read(way, path), Err(error), "{name}: {path}");
        }
    }
}

#[test]
fn new_files_are_made_beneath_only() {
    for (name, way) in WAYS {
        let scratch = Scratch::new();
        let flags = OFlags::CREATE | OFlags::WRONLY;
        let made = |path: &str| way(scratch.top.as_fd(), Path::new(path), flags).map(drop);
        assert_eq!(made("a/new"), Ok(()), "{name}");
        assert_eq!(made("dangling"), Ok(()), "{name}");
        assert!(scratch.folder.path().join("top/nothing").is_file(), "{name}");
        assert_eq!(made("out-nothing"), Err(Errno::XDEV), "{name}");
        assert_eq!(made("../new"), Err(Errno::XDEV), "{name}");
        assert!(!scratch.folder.path().join("nothing").exists(), "{name}");
    }
}

#[test]
fn a_folder_is_beneath_and_its_last_part_is_a_name() {
    let scratch = Scratch::new();
    let folder = |path: &str| folder(&scratch.top, Path::new(path)).map(|(_, name)| name);
    assert_eq!(folder("in/new").unwrap(), "new");
    assert_eq!(folder("out").unwrap(), "out");
    assert!(leads_out(&folder("up/new").unwrap_err()));
    for path in ["..", ".", "", "a/.."] {
        assert_eq!(folder(path).unwrap_err().kind(), io::ErrorKind::IsADirectory, "{path}");
    }
}

#[test]
fn no_race_of_links_and_names_leads_out() {
    for (name, way) in WAYS {
        let scratch = Scratch::new();
        let top = scratch.folder.path().join("top");
        std::fs::create_dir(scratch.folder.path().join("etc")).unwrap();
        std::fs::write(scratch.folder.path().join("etc/g"), "outside").unwrap();
        let stop = AtomicBool::new(false);

        std::thread::scope(|scope| {
            scope.spawn(|| {
                // The folder `r` becomes a link that leads out, and back; `s` is a link or a file.
                while !stop.load(Ordering::Relaxed) {
                    for target in ["a/b", "../etc"] {
                        let _ = std::fs::remove_file(top.join("r"));
                        symlink(target, top.join("r")).unwrap();
                    }
                    let _ = std::fs::remove_file(top.join("s"));
                    symlink("../secret", top.join("s")).unwrap();
                    std::fs::rename(top.join("f"), top.join("s")).unwrap();
                    std::fs::write(top.join("f"), "f").unwrap();
                }
            });
            for _ in 0..3000 {
                for path in ["r/g", "s"] {
                    if let Ok(text) = scratch.read(way, path) {
                        assert_ne!(text, "outside", "{name}: {path}");
                    }
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}
