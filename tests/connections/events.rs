//! Events of a manifest: a guest is run for a time, a line, a file.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use support::places::{built, file, scratch};

use crate::server::Server;

/// Starts a server of one guest with one event; also gives the folder that its paths start at.
fn start(program: &str, event: &str) -> Option<(tempfile::TempDir, Server)> {
    let program = built(program)?;
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let text = format!(
        "main = \"app\"\n[guest.app]\nsource = {program:?}\n[event.it]\nguest = \"app\"\n{event}"
    );
    let manifest = file(&folder, "forebay.toml", text.as_bytes());
    Some((folder, Server::begin(&[], manifest)))
}

/// The next bytes that guests write.
fn written(server: &mut Server, count: usize) -> String {
    let mut bytes = vec![0; count];
    server.stdout.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_guest_is_run_for_each_line_of_a_socket() {
    let Some((folder, mut server)) = start("c/yuechu", "lines = \"unix:queue\"") else { return };
    let path = folder.path().join("queue");
    let connect = || loop {
        match UnixStream::connect(&path) {
            Ok(stream) => return stream,
            Err(_) => std::thread::yield_now(),
        }
    };
    connect().write_all(b"one\r\ntwo\nlast").unwrap();
    assert_eq!(written(&mut server, 10), "ONETWOLAST");
    connect().write_all(b"more\n").unwrap();
    assert_eq!(written(&mut server, 4), "MORE");
    let (code, _) = server.end();
    assert!(code == Some(0) && !path.exists());
}

#[test]
fn a_guest_is_run_again_and_again_as_time_passes() {
    let Some((_folder, mut server)) = start("c/page", "every = \"20ms\"") else { return };
    let once = "Content-Type: text/plain";
    let text = written(&mut server, 2000);
    assert!(text.matches(once).count() >= 2, "{text}");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_run_that_fails_is_tried_again_as_often_as_is_said() {
    for (retry, runs) in [("", 1), ("retry = 2\npause = \"1ms\"", 3)] {
        let event = format!("lines = \"in/lines\"\n{retry}");
        let Some(program) = built("c/yuechu") else { return };
        let folder = scratch();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(folder.path().join("in/lines"), "exit 3\nfine\n").unwrap();
        let text = format!(
            "main = \"app\"\n[guest.app]\nsource = {program:?}\n[event.it]\nguest = \"app\"\n{event}"
        );
        let manifest = file(&folder, "forebay.toml", text.as_bytes());
        let mut server = Server::begin(&[], manifest);
        for _ in 0..runs {
            let said = server.said();
            assert!(said.contains("exited with code 3; it was asked: the event `it`"), "{said}");
        }
        // One after the other: the next line waits for the tries of this one.
        assert_eq!(written(&mut server, 4), "FINE");
        let (_, said) = server.end();
        assert!(!said.contains("failed"), "{said}");
    }
}

#[test]
fn a_guest_reads_each_file_that_comes() {
    let Some((folder, mut server)) = start("c/yuechu", "watch = \"in\"") else { return };
    let path = folder.path().join("in/first");
    // It may begin to look after this; then the file is changed until it's seen.
    let mut number = 0;
    let seen = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !seen.load(std::sync::atomic::Ordering::Relaxed) {
                number += 1;
                std::fs::write(&path, format!("file {}", "x".repeat(number % 9))).unwrap();
                let changed = std::time::Instant::now();
                while changed.elapsed() < std::time::Duration::from_secs(1)
                    && !seen.load(std::sync::atomic::Ordering::Relaxed)
                {
                    std::thread::yield_now();
                }
            }
        });
        assert_eq!(written(&mut server, 4), "FILE");
        seen.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(server.end().0, Some(0));
}
