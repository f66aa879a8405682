//! What a guest opens by URL, while somebody changes links and names: never what lies outside.

use std::future::poll_fn;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tempfile::TempDir;

use super::*;
use crate::policy::{Denials, Directory, Grants};

/// A folder with `w`, which is granted as `/w`, `w/d`, granted as `/d` to be read, and `out`, which
/// isn't granted.
struct Scratch {
    folder: TempDir,
    opener: Opener,
}

impl Scratch {
    fn new() -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        for name in ["w/d", "w/sub", "out"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("out/f"), "outside").unwrap();
        std::fs::write(folder.path().join("w/d/f"), "inside").unwrap();

        let grant = |host: &str, guest: &str, read_only| Directory {
            host: folder.path().join(host),
            guest: guest.to_owned(),
            read_only,
        };
        let directories = vec![grant("w", "/w", false), grant("w/d", "/d", true)];
        let open = Directories::open(&directories).unwrap();
        let grants = Grants { directories, ..Grants::default() };
        let guard = Arc::new(Guard::new(&grants, Denials::default()));
        let roots = Roots::new(None).unwrap();
        let (stdio, hangup, events) = (Stdio::nothing(), Hangup::default(), Events::deaf());
        Scratch { folder, opener: Opener::new((guard, open), roots, stdio, hangup, events) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn read(&self, url: &str) -> Result<String, Failure> {
        let source = self.opener.source(&url.parse()?, Authority::Guest).await?;
        let mut bytes = Vec::new();
        source.read_to_end(100, |piece| bytes.extend(piece)).await.unwrap();
        Ok(String::from_utf8(bytes).unwrap())
    }

    async fn write(&self, url: &str) -> Result<(), Failure> {
        let sink = self.opener.sink(&url.parse()?, false, Authority::Guest).await?;
        sink.write_all(b"written").await.unwrap();
        poll_fn(|cx| sink.poll_finish(cx)).await.map_err(Failure::from)
    }

    /// Lets `work` run while `name` in `/w` is now a link to `inside` and now one that leads out.
    async fn racing(&self, (name, inside): (&str, &str), work: impl AsyncFnOnce()) {
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, link) = (stop.clone(), self.path("w").join(name));
        let targets = [PathBuf::from(inside), PathBuf::from("../out")];
        let flipping = thread::spawn(move || {
            while !flag.load(Ordering::Relaxed) {
                for target in &targets {
                    let _ = std::fs::remove_file(&link);
                    symlink(target, &link).unwrap();
                }
            }
        });
        work().await;
        stop.store(true, Ordering::Relaxed);
        flipping.join().unwrap();
    }
}

#[tokio::test]
async fn a_nested_grant_is_the_directory_that_was_granted_whatever_stands_at_its_path() {
    let scratch = Scratch::new();
    // What a guest can do that may change `/w`.
    std::fs::rename(scratch.path("w/d"), scratch.path("w/away")).unwrap();
    symlink("../out", scratch.path("w/d")).unwrap();

    assert_eq!(scratch.read("/d/f").await.unwrap(), "inside");
    assert_eq!(scratch.read("/w/away/f").await.unwrap(), "inside");
    let refused = scratch.read("/w/d/f").await.unwrap_err();
    assert_eq!(refused.kind, Kind::Denied);
    assert_eq!(scratch.write("/d/f").await.unwrap_err().kind, Kind::Denied);
    assert_eq!(scratch.write("/w/d/f").await.unwrap_err().kind, Kind::Denied);
    assert_eq!(std::fs::read_to_string(scratch.path("out/f")).unwrap(), "outside");
}

#[tokio::test]
async fn what_is_outside_looks_the_same_whether_or_not_it_is_there() {
    let scratch = Scratch::new();
    symlink("../out/f", scratch.path("w/there")).unwrap();
    symlink("../out/none", scratch.path("w/missing")).unwrap();
    let outside = scratch.path("out");
    let (there, missing) = (outside.join("f"), outside.join("none"));
    for (there, missing) in [
        ("/w/there", "/w/missing"),
        ("/w/../out/f", "/w/../out/none"),
        ("/w/x/../../out/f", "/w/x/../../out/none"),
        (there.to_str().unwrap(), missing.to_str().unwrap()),
        ("/etc/passwd", "/etc/nothing"),
    ] {
        let there = scratch.read(there).await.unwrap_err();
        assert_eq!(there.kind, Kind::Denied, "{there:?}");
        assert_eq!(there, scratch.read(missing).await.unwrap_err());
    }
    assert_eq!(scratch.read("/w/none").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn no_race_reads_or_writes_outside() {
    let scratch = Scratch::new();
    scratch
        .racing(("r", "d"), async || {
            for _ in 0..1000 {
                if let Ok(text) = scratch.read("/w/r/f").await {
                    assert_ne!(text, "outside");
                }
                let _ = scratch.write("/w/r/g").await;
            }
        })
        .await;
    let left: Vec<_> = std::fs::read_dir(scratch.path("out")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(std::fs::read_to_string(scratch.path("out/f")).unwrap(), "outside");
}

#[tokio::test]
async fn no_race_reaches_or_makes_a_socket_outside() {
    let scratch = Scratch::new();
    let outside = UnixListener::bind(scratch.path("out/s")).unwrap();
    outside.set_nonblocking(true).unwrap();
    let _inside = UnixListener::bind(scratch.path("w/sub/s")).unwrap();
    let at: Location = "unix:/w/sub/s".parse().unwrap();
    scratch.opener.dial(&at, Authority::Guest).await.expect("a socket inside is reached");
    scratch
        .racing(("r", "sub"), async || {
            for number in 0..1000 {
                // As many as the backlog has room for, from which nobody takes.
                let location = "unix:/w/r/s".parse().unwrap();
                if number < 100 {
                    drop(scratch.opener.dial(&location, Authority::Guest).await);
                }
                let location = format!("unix:/w/r/l{number}").parse().unwrap();
                drop(scratch.opener.listen(&location).await);
            }
        })
        .await;
    assert!(outside.accept().is_err(), "a guest got out");
    let left: Vec<_> = std::fs::read_dir(scratch.path("out")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[tokio::test]
async fn a_link_that_leads_out_is_no_socket() {
    let scratch = Scratch::new();
    let _outside = UnixListener::bind(scratch.path("out/s")).unwrap();
    symlink("../out/s", scratch.path("w/s")).unwrap();
    symlink("../out/new", scratch.path("w/new")).unwrap();
    let at = |path: &str| format!("unix:{path}").parse::<Location>().unwrap();
    let dialled = scratch.opener.dial(&at("/w/s"), Authority::Guest).await;
    assert_eq!(dialled.err().unwrap().kind, Kind::Denied);
    assert!(scratch.opener.listen(&at("/w/new")).await.is_err());
    assert!(!scratch.path("out/new").exists());
}

#[tokio::test]
async fn sockets_have_the_names_that_the_guest_gave_them() {
    let scratch = Scratch::new();
    let at: Location = "unix:/w/s".parse().unwrap();
    let mut listener = scratch.opener.listen(&at).await.unwrap();
    let dialled = scratch.opener.dial(&at, Authority::Guest).await.unwrap();
    let accepted = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
    assert_eq!(listener.local(), "unix:/w/s");
    assert_eq!((dialled.peer(), dialled.local()), ("unix:/w/s", "unix:"));
    assert_eq!((accepted.peer(), accepted.local()), ("unix:", "unix:/w/s"));

    // What the user handed over has no name that is the guest's business.
    let path: Location = scratch.path("w/s").to_str().unwrap().parse().unwrap();
    let handed = scratch.opener.dial(&path, Authority::User).await.unwrap();
    assert_eq!((handed.peer(), handed.local()), ("unix:", "unix:"));
}
