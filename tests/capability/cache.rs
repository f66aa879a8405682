//! Compiled code on disk, as a user meets it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::run::{Ended, forebay, wat};

fn with_cache(cache: &Path) -> Command {
    let mut command = forebay();
    command.env("XDG_CACHE_HOME", cache).arg("run").arg(wat("hello"));
    command
}

fn run(cache: &Path) -> Ended {
    Ended::of(with_cache(cache).output().unwrap())
}

fn objects(cache: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(cache.join("forebay")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "cwasm")).collect()
}

#[test]
fn it_is_private_and_holds_one_entry_for_one_program() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path()).prints("hello, wasm!\n");
    run(dir.path()).prints("hello, wasm!\n");
    assert_eq!(objects(dir.path()).len(), 1);
    let mode = fs::metadata(dir.path().join("forebay")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn damage_anywhere_is_found_told_and_mended() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path());
    let object = objects(dir.path()).remove(0);
    let sound = fs::read(&object).unwrap();
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    for damage in [flipped, sound[..sound.len() / 2].to_vec(), Vec::new(), b"garbage".to_vec()] {
        fs::write(&object, damage).unwrap();
        let ended = run(dir.path());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "hello, wasm!\n"));
        assert!(
            ended.stderr.contains("warning: the cached code")
                && ended.stderr.contains("is damaged"),
            "{ended:?}"
        );
        run(dir.path()).prints("hello, wasm!\n");
    }
}

#[test]
fn ten_processes_at_once_do_not_get_in_each_others_way() {
    let dir = tempfile::tempdir().unwrap();
    let start =
        || with_cache(dir.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..10).map(|_| start()).collect();
    for child in children {
        Ended::of(child.wait_with_output().unwrap()).prints("hello, wasm!\n");
    }
    run(dir.path()).prints("hello, wasm!\n");
}

#[test]
fn one_that_is_killed_half_way_leaves_nothing_that_matters() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        let mut child = with_cache(dir.path()).stdout(Stdio::null()).spawn().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
    run(dir.path()).prints("hello, wasm!\n");
}

#[test]
fn without_a_cache_nothing_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = forebay();
    command.env("XDG_CACHE_HOME", dir.path()).args(["run", "--no-cache"]).arg(wat("hello"));
    Ended::of(command.output().unwrap()).prints("hello, wasm!\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_cache_that_others_may_write_to_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("forebay")).unwrap();
    fs::set_permissions(dir.path().join("forebay"), fs::Permissions::from_mode(0o777)).unwrap();
    let ended = run(dir.path());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "hello, wasm!\n"));
    assert!(
        ended.stderr.contains("is not used") && ended.stderr.contains("chmod 700"),
        "{ended:?}"
    );
    assert_eq!(objects(dir.path()).len(), 0);
}

#[test]
fn it_can_be_found_and_cleared() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path());
    let cache = |action: &str| {
        Ended::of(
            forebay().env("XDG_CACHE_HOME", dir.path()).args(["cache", action]).output().unwrap(),
        )
    };
    cache("dir").prints(&format!("{}\n", dir.path().join("forebay").display()));
    assert!(cache("clear").stdout.starts_with("freed "));
    assert_eq!(objects(dir.path()).len(), 0);
    cache("clear").prints("freed 0 bytes\n");
}

/// A program that is found by which file it is, and not read: larger than 1 MiB.
fn large(line: &str) -> Vec<u8> {
    let padding = "x".repeat(1 << 20);
    let text = format!(
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 32) (data (i32.const 65536) "{padding}")
            (data (i32.const 0) "\08\00\00\00\01\00\00\00{line}")
            (func (export "_start")
              (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))"#
    );
    wat::parse_str(text).unwrap()
}

/// A link that is moved from one program to the other all the time.
#[test]
fn code_of_one_file_is_never_found_under_another_whatever_a_link_does_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("a"), large("a")).unwrap();
    fs::write(at("b"), large("b")).unwrap();
    let written = Instant::now();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                let target = if number % 2 == 0 { "a" } else { "b" };
                std::os::unix::fs::symlink(at(target), at("next")).unwrap();
                fs::rename(at("next"), at("link")).unwrap();
                if done.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let mut settled = 0;
        while settled < 20 {
            let cache = tempfile::tempdir().unwrap();
            let run = |name: &str| {
                let mut command = forebay();
                command.env("XDG_CACHE_HOME", cache.path()).arg("run").arg(at(name));
                Ended::of(command.output().unwrap())
            };
            // A file has an identity only once it's two seconds old.
            settled += u32::from(written.elapsed() > Duration::from_secs(3));
            run("link");
            let (a, b) = (run("a"), run("b"));
            if a.stdout != "a" || b.stdout != "b" {
                done.store(true, Ordering::Relaxed);
            }
            a.prints("a");
            b.prints("b");
        }
        done.store(true, Ordering::Relaxed);
    });
}
