//! File systems of our own at paths of a guest: what each kind does, and by which error what it
//! can't do is refused.

use std::path::PathBuf;

use crate::run::{Ended, built, forebay, wat};
use support::places::scratch;

/// The C guest that carries out file commands in a row.
fn box_() -> Option<PathBuf> {
    built("c/box")
}

/// Runs commands, a line each, with these flags. Words are apart by blanks; `\n` is a line's end.
fn commands(flags: &[&str], lines: &[&str]) -> Option<Ended> {
    let mut command = forebay();
    command.arg("run").args(flags).arg(box_()?);
    for line in lines {
        command.args(line.split(' ').map(|word| word.replace("\\n", "\n"))).arg(",");
    }
    Some(Ended::of(command.output().unwrap()))
}

const MEMORY: &[&str] = &["--mount", "/m=mem:"];

#[test]
fn a_tree_in_memory_is_copied_sorted_and_searched() {
    let lines = [
        "mkdir /m/a",
        "mkdir /m/a/b",
        "write /m/a/f beta\\nalpha\\n",
        "write /m/a/b/g alphabet\\n",
        "symlink b/g /m/a/l",
        "cp /m/a /m/copy",
        "append /m/copy/f gamma\\n",
        "sort /m/copy/f",
        "grep alpha /m/copy/b",
        "readlink /m/copy/l",
        "cat /m/copy/l",
        "ls /m/copy",
        "cat /m/a/f",
    ];
    let Some(ended) = commands(MEMORY, &lines) else { return };
    ended
        .prints("alpha\nbeta\ngamma\n/m/copy/b/g: alphabet\nb/g\nalphabet\nb\nf\nl\nbeta\nalpha\n");
    // It's gone with the run.
    commands(MEMORY, &["ls /m"]).unwrap().prints("");
}

#[test]
fn files_in_memory_have_what_a_systems_files_have() {
    let lines = [
        "write /m/f 0123456789",
        "ln /m/f /m/g",
        "stat /m/g",
        "rm /m/f",
        "stat /m/g",
        "truncate /m/g 4",
        "cat /m/g",
        "truncate /m/g 8",
        "seek /m/g",
        "over /m/g ab",
        "touch /m/g 77",
        "changed /m/g",
        "unlinked /m/u",
        "at /m/sparse 1099511627776 end",
        "stat /m/sparse",
        "poll /m/g",
        "mkdir /m/d",
        "churn /m/d 1000",
        "ls /m/d",
    ];
    let Some(ended) = commands(MEMORY, &lines) else { return };
    ended.prints(
        "file 10 2\nfile 10 1\n01238\n77\nhere\n11 0 gone\nfile 1099511627779 1\ninout\n1000\n",
    );
}

#[test]
fn what_memory_cant_do_is_refused_as_a_system_refuses_it() {
    for (line, why) in [
        ("new /m/f x", "open: File exists"),
        ("cat /m/none", "open: No such file or directory"),
        ("write /m/f/x y", "open: Not a directory"),
        ("write /m/d x", "open: Is a directory"),
        ("rm /m/d", "rm: Is a directory"),
        ("rmdir /m/f", "rmdir: Not a directory"),
        ("rmdir /m/d", "rmdir: Directory not empty"),
        ("mv /m/d /m/d/e", "mv: Invalid argument"),
        ("mv /m/f /m/d", "mv: Is a directory"),
        ("mv /m/d /m/f", "mv: Not a directory"),
        ("ln /m/d /m/l", "ln: Operation not permitted"),
        ("ln /m/f /m/d", "ln: File exists"),
        ("cat /m/loop", "open: Symbolic link loop"),
        ("symlink /etc/passwd /m/x", "symlink: Operation not permitted"),
        ("cat /m/up", "open: Operation not permitted"),
        ("at /m/f 1152921504606846976 x", "pwrite: File too large"),
        ("truncate /m/f 1152921504606846976", "truncate: File too large"),
        ("mv /m/f /n/f", "mv: Cross-device link"),
        ("ln /m/f /n/f", "ln: Cross-device link"),
        ("mv /m/f /h/f", "mv: Cross-device link"),
    ] {
        let folder = scratch();
        let host = format!("{}::/h", folder.path().display());
        let flags = ["--mount", "/m=mem:", "--mount", "/n=mem:", "--dir", &host];
        let ready = [
            "write /m/f text",
            "mkdir /m/d",
            "write /m/d/inner x",
            "symlink loop /m/loop",
            "symlink ../../etc /m/up",
        ];
        let lines: Vec<&str> = ready.iter().copied().chain([line, "cat /m/f"]).collect();
        let Some(ended) = commands(&flags, &lines) else { return };
        assert_eq!(ended.stdout, format!("{why}\ntext"), "{line}: {ended:?}");
        assert_eq!(ended.code, Some(1), "{line}");
    }
}

#[test]
fn memory_is_bounded_in_bytes_and_in_names_and_by_what_the_host_may_hold() {
    let small = ["--mount", "/m=mem:?max=1MiB"];
    let Some(ended) = commands(&small, &["fill /m/f 2", "rm /m/f", "fill /m/g 1"]) else { return };
    assert_eq!(
        ended.stdout,
        "write: No space left on device\n0\nwrite: No space left on device\n0\n"
    );
    commands(&["--mount", "/m=mem:?max=2MiB"], &["fill /m/f 1", "rm /m/f", "fill /m/g 1"])
        .unwrap()
        .prints("1\n1\n");
    let names = commands(&["--mount", "/m=mem:?max=100KiB"], &["churn /m 1000"]).unwrap();
    assert_eq!((names.stdout.as_str(), names.code), ("open: No space left on device\n", Some(1)));
    let whole = ["--max-host-memory", "16MiB", "--mount", "/m=mem:"];
    let ended = commands(&whole, &["fill /m/f 64"]).unwrap();
    assert!(ended.stdout.starts_with("write: No space left on device\n"), "{ended:?}");
}

#[test]
fn what_is_mounted_below_a_directory_shows_there_and_leaves_the_rest_alone() {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    std::fs::write(folder.path().join("d/h"), "host\n").unwrap();
    let host = format!("{}::/h", folder.path().display());
    let upper = format!("/svc/up=component:{}", wat("upper").display());
    let flags = ["--dir", &host, "--mount", "/h/d/m=mem:", "--mount", &upper];
    let lines = [
        "ls /h",
        "ls /h/d",
        "write /h/d/m/x mem\\n",
        "cat /h/d/m/x",
        "cat /h/d/h",
        "append /h/d/h more\\n",
        "mv /h/d/h /h/d/g",
        "cp /h/d/g /h/d/m/g",
        "cat /h/d/m/g",
        "talk /svc/up abc\\n",
        "ls /svc",
    ];
    let Some(ended) = commands(&flags, &lines) else { return };
    ended.prints("d\nh\nm\nmem\nhost\nhost\nmore\nABC\nup\n");
    let refused = ["mv /h/d/g /h/d/m/h", "mv /h/d /h/e", "write /svc/new x", "mkdir /svc/d"];
    let refused = commands(&flags, &refused).unwrap();
    assert_eq!(
        refused.stdout,
        "mv: Cross-device link\nmv: Resource busy\nopen: Read-only file system\nmkdir: Read-only file system\n"
    );
    let names = |path: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder.path().join(path)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!((names(""), names("d")), (vec!["d".to_owned()], vec!["g".to_owned()]));
}

#[test]
fn a_host_directory_is_mounted_as_it_is_granted_and_a_refusal_names_the_flag() {
    let folder = scratch();
    std::fs::write(folder.path().join("f"), "host\n").unwrap();
    let host = folder.path().display();
    let Some(ended) = commands(&["--mount", &format!("/h={host}")], &["append /h/f more\\n"])
    else {
        return;
    };
    ended.prints("");
    // By itself, and with something mounted below, where the host's files are reached through ours.
    for mounts in
        [vec![format!("/h={host}::ro")], vec![format!("/h={host}::ro"), "/h/m=mem:".into()]]
    {
        let flags: Vec<&str> = mounts.iter().flat_map(|mount| ["--mount", mount]).collect();
        commands(&flags, &["cat /h/f"]).unwrap().prints("host\nmore\n");
        let ended = commands(&flags, &["write /h/new x"]).unwrap();
        let flag = format!("allow it with --dir {host}::/h");
        ended.fails(1, &["may not change `new` in `/h`, which is read-only", &flag]);
        assert!(!folder.path().join("new").exists());
    }
    commands(&[], &["cat /h/f"]).unwrap().fails(1, &[]);
}

#[test]
fn guests_of_every_generation_find_them() {
    let folder = scratch();
    std::fs::write(folder.path().join("f"), "text").unwrap();
    let host = format!("{}::/h", folder.path().display());
    let flags = ["run", "--dir", &host, "--mount", "/h/m=mem:"];
    for probe in ["rust/probe", "rust/probe3"] {
        let Some(probe) = built(probe) else { return };
        let run = |path: &str| {
            Ended::of(forebay().args(flags).arg(&probe).args(["read", path]).output().unwrap())
        };
        run("/h/f").prints("text");
        assert_eq!(run("/h/m/none").stdout, "error: no-entry\n");
        assert_eq!(run("/h/m").code, Some(1));
    }
}

/// A folder with a small tree, a link in it, and a tar of it.
fn packed() -> (tempfile::TempDir, String) {
    let folder = scratch();
    let at = |path: &str| folder.path().join("tree").join(path);
    std::fs::create_dir_all(at("a/b")).unwrap();
    std::fs::write(at("a/f"), "hello\n").unwrap();
    std::fs::write(at("a/b/g"), "deep\n").unwrap();
    std::os::unix::fs::symlink("b/g", at("a/l")).unwrap();
    let file = folder.path().join("t.tar").display().to_string();
    let tar = std::process::Command::new("tar")
        .args(["-cf", &file, "-C"])
        .args([folder.path().join("tree")])
        .arg(".")
        .status();
    assert!(tar.unwrap().success());
    (folder, file)
}

#[test]
fn an_archive_is_read_and_never_changed() {
    let (_folder, tar) = packed();
    let flags = ["--mount", &format!("/e=embed:{tar}")];
    let read =
        ["ls /e/a", "cat /e/a/l", "stat /e/a/f", "grep e /e/a/b", "cp /e/a/b /tmp/b", "ls /tmp"];
    let Some(ended) = commands(&[flags[0], flags[1], "--mount", "/tmp=mem:"], &read) else {
        return;
    };
    ended.prints("b\nf\nl\ndeep\nfile 6 1\n/e/a/b/g: deep\nb\n");
    for line in [
        "write /e/x y",
        "append /e/a/f x",
        "truncate /e/a/f 0",
        "rm /e/a/f",
        "mkdir /e/d",
        "mv /e/a /e/c",
        "touch /e/a/f 5",
        "ln /e/a/f /e/l",
        "symlink f /e/s",
    ] {
        let ended = commands(&flags, &[line]).unwrap();
        let why = "Read-only file system\n";
        assert!(ended.stdout.ends_with(why) && ended.code == Some(1), "{line}: {ended:?}");
    }
}

#[test]
fn an_archive_that_isnt_there_or_lies_is_refused_before_anything_runs() {
    let folder = scratch();
    let bad = folder.path().join("bad.tar");
    std::fs::write(&bad, "no archive").unwrap();
    let refused = |spec: String, code: i32, parts: &[&str]| {
        let mut command = forebay();
        command.args(["run", "--mount", &spec]).arg(wat("hello"));
        Ended::of(command.output().unwrap()).fails(code, parts);
    };
    refused(format!("/e=embed:{}", bad.display()), 125, &["can't be mounted"]);
    refused("/e=embed:nowhere.tar".to_owned(), 127, &["`nowhere.tar` can't be opened"]);
    refused("/e=overlay:nowhere".to_owned(), 127, &["there is no directory `nowhere`"]);
    refused("/e=embed:".to_owned(), 2, &["it names no archive"]);
}

#[test]
fn changes_of_an_overlay_are_kept_above_and_what_is_below_stays_as_it_is() {
    let (folder, tar) = packed();
    let tree = folder.path().join("tree").display().to_string();
    for spec in [format!("overlay:{tree}"), format!("overlay:embed:{tar}?max=1MiB")] {
        let lines = [
            "append /a/f more\\n",
            "cat /a/f",
            "rm /a/b/g",
            "rmdir /a/b",
            "ls /a",
            "mkdir /a/b",
            "ls /a/b",
            "mv /a/f /f",
            "cat /f",
            "new /a/f again",
            "cat /a/f",
            "mv /a /c",
        ];
        let Some(ended) = commands(&["--root", &spec], &lines) else { return };
        assert_eq!(ended.stdout, "hello\nmore\nf\nl\nhello\nmore\nagainmv: Cross-device link\n");
        let read =
            |path: &str| std::fs::read_to_string(folder.path().join("tree").join(path)).unwrap();
        assert_eq!((read("a/f").as_str(), read("a/b/g").as_str()), ("hello\n", "deep\n"));
    }

    let changes = folder.path().join("changes");
    std::fs::create_dir(&changes).unwrap();
    let spec = format!("overlay:{tree}?upper={}", changes.display());
    commands(&["--root", &spec], &["rm /a/b/g", "write /new text"]).unwrap().prints("");
    assert_eq!(std::fs::read_to_string(changes.join("new")).unwrap(), "text");
    assert!(changes.join("a/b/.wh.g").exists());
    commands(&["--root", &spec], &["ls /a/b", "cat /new"]).unwrap().prints("text");
}

#[test]
fn a_program_that_asks_learns_where_its_relative_paths_start() {
    let Some(probe) = built("rust/probe") else { return };
    let run = |path: &str, asked: &str| {
        let mut command = forebay();
        command.args(["run", "--root", "mem:", "--cwd", path]).arg(&probe).arg(asked);
        Ended::of(command.output().unwrap())
    };
    run("/work", "cwd").prints("/work\n");
    run("/work", "env").prints("PWD=/work\n");
    run("work", "cwd").fails(2, &["it isn't an absolute path of the program's"]);
}
