//! Time limits and signals hold whatever a guest does: computes, or waits for what never comes, or
//! writes to what nobody reads. So do they for what we say about it.

use std::io::{PipeReader, Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use forebay::capability::stdio::Stdio as Streams;
use forebay::config::{Budget, Config};
use forebay::policy::Grants;
use forebay::run::Exit;
use forebay::runtime::Runtime;
use rustix::fs::OFlags;
use tokio::runtime::Builder;

use crate::run::{built, forebay, wat};

/// How long a guest that does nothing but compute may be late, and any other later than that.
const LATE: Duration = Duration::from_millis(100);

const LIMIT: &str = "200ms";

/// A program that says it's there, and computes for ever. It could open files.
const READY: &str = r#"(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\06\00\00\00ready\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
    (drop (call $path_open (i32.const 9) (i32.const 0) (i32.const 8) (i32.const 5) (i32.const 0)
      (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 64)))
    THEN))"#;

/// A program that writes 64 KiB after 64 KiB to a descriptor.
fn flood(descriptor: u32) -> String {
    format!(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\00\01\00\00\00\00\01\00")
  (func (export "_start")
    (loop $l
      (drop (call $write (i32.const {descriptor}) (i32.const 0) (i32.const 1) (i32.const 64)))
      (br $l))))"#
    )
}

/// A program as a file, in a folder that goes with it.
fn program(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guest.wat");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn ready(then: &str) -> (tempfile::TempDir, PathBuf) {
    program(&READY.replace("THEN", then))
}

/// A pipe that is full, with its reader, who doesn't read.
fn full() -> (PipeReader, OwnedFd) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filler = std::fs::File::from(OwnedFd::from(writer.try_clone().unwrap()));
    let flags = rustix::fs::fcntl_getfl(&filler).unwrap();
    rustix::fs::fcntl_setfl(&filler, flags | OFlags::NONBLOCK).unwrap();
    while filler.write(&[b'.'; 4096]).is_ok() {}
    rustix::fs::fcntl_setfl(&filler, flags).unwrap();
    (reader, writer.into())
}

/// How long a command takes, at best, that must end so.
fn time(code: i32, command: impl Fn() -> Command) -> Duration {
    let once = || {
        let start = Instant::now();
        let status = command().status().unwrap();
        assert_eq!(status.code(), Some(code));
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

/// A guest ends at its limit, as one does that computes: a loaded machine makes both late.
#[track_caller]
pub fn ends_in_time(code: i32, command: impl Fn() -> Command) {
    let spin = time(124, || {
        let mut command = limited();
        command.arg(wat("spin")).stderr(Stdio::null());
        command
    });
    let took = time(code, command);
    assert!(took < spin + LATE, "it took {took:?}, and a guest that computes {spin:?}");
}

fn limited() -> Command {
    let mut command = forebay();
    command.args(["run", "--timeout", LIMIT]);
    command
}

#[test]
fn a_guest_that_waited_on_a_pipe_and_then_computes_is_ended() {
    let Some(typed3) = built("rust/typed3") else { return };
    ends_in_time(124, || {
        // The first stream ends once the guest waits for it, the second never does.
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = forebay();
        command.args(["call", "--timeout", LIMIT]).arg(&typed3).args(["concat", "fd:0", "zero:"]);
        command.stdin(reader).stdout(Stdio::null()).stderr(Stdio::null());
        std::thread::spawn(move || drop(writer));
        command
    });
}

#[test]
fn a_guest_that_writes_to_what_nobody_reads_is_ended() {
    for descriptor in [1, 2] {
        let (_folder, flood) = program(&flood(descriptor));
        let (_reader, writer) = full();
        ends_in_time(124, || {
            let mut command = limited();
            command.arg(&flood).stdout(Stdio::null()).stderr(Stdio::null());
            match descriptor {
                1 => command.stdout(writer.try_clone().unwrap()),
                _ => command.stderr(writer.try_clone().unwrap()),
            };
            command
        });
    }
}

#[test]
fn what_we_say_about_a_guest_waits_for_nobody_either() {
    let (_reader, writer) = full();
    let with = |flags: &'static [&str], guest: PathBuf| {
        let writer = writer.try_clone().unwrap();
        move || {
            let mut command = limited();
            command.args(flags).arg(&guest).stdout(Stdio::null());
            command.stderr(writer.try_clone().unwrap());
            command
        }
    };
    for flags in [&[][..], &["-q"]] {
        ends_in_time(124, with(flags, wat("spin")));
        // It had ended by itself: its code stays.
        ends_in_time(134, with(flags, wat("trap")));
    }
    // What keeps it from starting is told in vain, too.
    ends_in_time(127, with(&["--dir", "/nowhere"], wat("hello")));
}

#[test]
fn lines_for_log_wait_for_nobody_either() {
    let Some(typed) = built("rust/typed") else { return };
    let (_reader, writer) = full();
    ends_in_time(124, || {
        let mut command = forebay();
        command
            .args(["call", "--timeout", LIMIT])
            .arg(&typed)
            .args(["tee", "zero:", "log:x", "null:"]);
        command.stdout(Stdio::null()).stderr(writer.try_clone().unwrap());
        command
    });
}

/// A guest, once it has said that it's there.
fn started(command: &mut Command) -> Child {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
    assert_eq!(&said, b"ready\n");
    child
}

fn signalled(child: &mut Child, signal: &str) -> ExitStatus {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    child.wait().unwrap()
}

#[test]
fn each_signal_ends_a_guest_with_its_own_code_and_leaves_nothing_behind() {
    let (_folder, ready) = ready("(loop $l (br $l))");
    let mount = format!("/svc/f=component:{}", wat("wc").display());
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let temporary = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(temporary.path()).unwrap().count();
        let mut command = forebay();
        command.env("TMPDIR", temporary.path());
        command.args(["run", "--mount", &mount]).arg(&ready);
        let mut child = started(&mut command);
        assert_eq!(files(), 0, "a mounted file has nothing on the disk");

        assert_eq!(signalled(&mut child, signal).code(), Some(code), "{signal}");
        assert_eq!(files(), 0, "after {signal}");
    }
}

#[test]
fn a_time_limit_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let mount = format!("/svc/f=component:{}", wat("wc").display());
    let (_folder, ready) = ready("(loop $l (br $l))");
    let mut command = limited();
    command.env("TMPDIR", temporary.path()).args(["--mount", &mount]).arg(&ready);
    assert_eq!(command.output().unwrap().status.code(), Some(124));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a_signal_ends_us_while_we_say_how_a_guest_ended() {
    let (_folder, trap) = ready("(unreachable)");
    let (_reader, writer) = full();
    let mut command = forebay();
    command.arg("run").arg(&trap).stderr(writer);
    let mut child = started(&mut command);
    assert_eq!(signalled(&mut child, "-INT").code(), Some(130));
}

#[test]
fn a_signal_that_was_ignored_before_us_stays_ignored() {
    let (_folder, ready) = ready("(loop $l (br $l))");
    let mut command = Command::new("sh");
    let quoted = |path: &Path| format!("'{}'", path.display());
    let forebay = quoted(Path::new(env!("CARGO_BIN_EXE_forebay")));
    command.arg("-c").arg(format!("trap '' HUP; exec {forebay} run --no-cache {}", quoted(&ready)));
    let mut child = started(&mut command);
    let kill = |signal: &str| {
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap()
    };
    assert!(kill("-HUP").success());
    // Had the first one ended it, this would be too late.
    assert!(kill("-TERM").success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

/// Runs a guest in a shell that has set a limit.
fn under(limit: &str, guest: &Path) -> std::process::Output {
    let forebay = env!("CARGO_BIN_EXE_forebay");
    let line = format!("ulimit {limit}; exec '{forebay}' run --no-cache '{}'", guest.display());
    Command::new("sh").arg("-c").arg(line).output().unwrap()
}

#[test]
fn what_the_system_denies_us_is_our_failure_and_told_as_one() {
    for (limit, cause) in
        [("-n 8", "Too many open files"), ("-v 1000000", "Cannot allocate memory")]
    {
        let output = under(limit, &wat("hello"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{limit}: {said}");
        for part in ["error: cannot ", cause, "hint: ", "ulimit"] {
            assert!(said.contains(part), "no `{part}` in {said}");
        }
        assert!(!said.contains("trapped") && !said.contains("panicked"), "{said}");
    }
    assert_eq!(under("-n 64", &wat("hello")).status.code(), Some(0));
}

/// How long a run of the library takes that goes over its limit, in an executor.
fn library(executor: &tokio::runtime::Runtime, own: bool) -> Duration {
    let limit = Duration::from_millis(200);
    let budget = Budget { timeout: own.then_some(limit), ..Budget::default() };
    let runtime = Runtime::new(Config { budget, ..Config::default() }).unwrap();
    let spin = runtime.load_file_blocking(&wat("spin")).unwrap().link(&Grants::default()).unwrap();

    let start = Instant::now();
    executor.block_on(async move {
        let run = tokio::spawn(async move { spin.run(&[], &Streams::nothing()).await });
        if own {
            assert_eq!(run.await.unwrap().unwrap().exit, Exit::Timeout);
        } else {
            // The caller's own limit holds as well.
            assert!(tokio::time::timeout(limit, run).await.is_err());
        }
    });
    start.elapsed() - limit
}

#[test]
fn a_run_of_the_library_ends_in_time_in_any_executor() {
    let executor = |workers: Option<usize>| match workers {
        None => Builder::new_current_thread().enable_all().build().unwrap(),
        Some(count) => {
            Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap()
        }
    };
    for workers in [None, Some(1), Some(2)] {
        for own in [true, false] {
            let late = (0..3).map(|_| library(&executor(workers), own)).min().unwrap();
            assert!(late < LATE, "{late:?} late with {workers:?} workers");
        }
    }
}

#[test]
fn a_connection_whose_peer_doesnt_read_is_closed_at_once_and_sent_all_the_same() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_folder, guest) = program(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\00\01\00\00\00\00\01\00")
  (data (i32.const 8) "\40\00\00\00\04\00\00\00")
  ;; Writes until there is no more room, closes, and says how much that was.
  (func (export "_start")
    (loop $l
      (if (i32.eqz (call $write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 32))) (then
        (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.load (i32.const 32))))
        (br $l))))
    (drop (call $close (i32.const 3)))
    (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 32)))))"#,
    );
    let mut command = forebay();
    let peer = format!("tcp://{}?nonblock=1", listener.local_addr().unwrap());
    command.args(["run", "--dial", &peer]).arg(&guest).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stalled, _) = listener.accept().unwrap();

    let mut count = [0; 4];
    child.stdout.as_mut().unwrap().read_exact(&mut count).unwrap();
    let mut sent = Vec::new();
    stalled.read_to_end(&mut sent).unwrap();
    assert_eq!(sent.len(), u32::from_le_bytes(count) as usize);
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_the_host_does_is_no_part_of_a_guests_errors() {
    let Some(typed) = built("rust/typed") else { return };
    let mut command = forebay();
    command.env("RUST_BACKTRACE", "1");
    // The first page can't be read.
    command.arg("call").arg(&typed).args(["of-stream", "/proc/self/mem"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("os error 5") && !said.contains("backtrace"), "{said}");
}
