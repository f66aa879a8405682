//! Compiled code on disk, as a user meets it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

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
