//! Files that wait: named pipes and terminals in a granted directory, read and written as anywhere,
//! without a thread that nothing could end.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use forebay::capability::stdio::{Capture, Output, Stdio};
use forebay::config::{Budget, Config};
use forebay::policy::Grants;
use forebay::run::Exit;
use forebay::runtime::Runtime;
use rustix::fs::{CWD, FileType, Mode};
use tokio::runtime::Builder;

use crate::run::{built, run, wat};

/// A folder with a named pipe `p`.
fn pipe() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(CWD, folder.path().join("p"), FileType::Fifo, mode, 0).unwrap();
    folder
}

/// Writes to the pipe once somebody reads it.
fn written(folder: &Path, text: &'static [u8]) -> std::thread::JoinHandle<()> {
    let path = folder.join("p");
    std::thread::spawn(move || {
        OpenOptions::new().write(true).open(path).unwrap().write_all(text).unwrap();
    })
}

#[test]
fn a_pipe_is_read_as_soon_as_somebody_writes() {
    let folder = pipe();
    let grant = format!("{}::/d", folder.path().display());
    let mut guests = vec![(wat("fifo-read"), vec![])];
    for probe in ["rust/probe", "rust/probe3"] {
        guests.extend(built(probe).map(|probe| (probe, vec!["read", "/d/p"])));
    }
    for (guest, args) in guests {
        let writer = written(folder.path(), b"from a pipe");
        let ended = run(&["--timeout", "30s", "--dir", &grant], &guest, &args);
        assert!(ended.code == Some(0) && ended.stdout.starts_with("from a pipe"), "{ended:?}");
        writer.join().unwrap();
    }
}

#[test]
fn a_pipe_is_written_as_soon_as_somebody_reads() {
    let folder = pipe();
    let path = folder.path().join("p");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        File::open(path).unwrap().read_to_string(&mut text).unwrap();
        text
    });
    let grant = format!("{}::/d", folder.path().display());
    run(&["--timeout", "30s", "--dir", &grant], wat("fifo-write"), &[]).prints("");
    assert_eq!(reader.join().unwrap(), "to a pipe\n");
}

#[test]
fn a_pipe_that_was_at_its_end_goes_on_when_somebody_opens_it_again() {
    let folder = pipe();
    let path = folder.path().join("p");
    let writer = std::thread::spawn(move || {
        for _ in 0..3 {
            let mut end = OpenOptions::new().write(true).open(&path).unwrap();
            end.write_all(b"again\n").unwrap();
        }
    });
    let grant = format!("{}::/d", folder.path().display());
    // Reads six times three bytes, whatever ends are in between.
    let ended = run(&["--timeout", "30s", "--dir", &grant], wat("fifo-thrice"), &[]);
    ended.prints("again\nagain\nagain\n");
    writer.join().unwrap();
}

/// Runs a guest in the library whose pipe nobody opens; how late it was ended.
fn library(guest: &Path, own: bool) -> Duration {
    let (folder, limit) = (pipe(), Duration::from_millis(200));
    let budget = Budget { timeout: own.then_some(limit), ..Budget::default() };
    let runtime = Runtime::new(Config { budget, ..Config::default() }).unwrap();
    let directory = forebay::policy::Directory {
        host: folder.path().to_owned(),
        guest: "/d".into(),
        read_only: false,
    };
    let grants = Grants { directories: vec![directory], ..Grants::default() };
    let program = runtime.load_file_blocking(guest).unwrap().link(&grants).unwrap();

    let start = Instant::now();
    let executor = Builder::new_current_thread().enable_all().build().unwrap();
    executor.block_on(async {
        let stdio = Stdio { stdout: Output::Capture(Capture::new(100)), ..Stdio::nothing() };
        let running = program.run(&[], &stdio);
        match own {
            true => assert_eq!(running.await.unwrap().exit, Exit::Timeout),
            false => assert!(tokio::time::timeout(limit, running).await.is_err()),
        }
    });
    // No thread is left that would have to be waited for.
    drop(executor);
    start.elapsed() - limit
}

#[test]
fn a_run_of_the_library_that_waits_for_a_pipe_ends_in_time() {
    for guest in ["fifo-read", "fifo-write"] {
        for own in [true, false] {
            let late = (0..3).map(|_| library(&wat(guest), own)).min().unwrap();
            assert!(late < Duration::from_millis(100), "{guest}: {late:?} late");
        }
    }
}
