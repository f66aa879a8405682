//! Directories: `--dir HOST[::GUEST[::ro]]`.

use std::fs;

use crate::run::{built, run, wat};

#[test]
fn a_file_is_written_where_the_directory_is_granted() {
    let dir = tempfile::tempdir().unwrap();
    run(&["--dir", dir.path().to_str().unwrap()], wat("write"), &[]).prints("");
    assert_eq!(fs::read_to_string(dir.path().join("note.txt")).unwrap(), "noted\n");
}

#[test]
fn without_a_directory_the_user_learns_which_flag_is_missing() {
    let ended = run(&[], wat("write"), &[]);
    ended.fails(1, &["hint: ", "was granted no directory", "--dir HOST::GUEST"]);
    assert!(!ended.stderr.contains("denied"), "nothing was refused: {ended:?}");
}

#[test]
fn a_program_that_wanted_no_file_is_not_told_of_directories() {
    // Guests that can open files: one with a code of its own, and one that says why it failed.
    let exit = run(&[], wat("exit"), &["3"]);
    assert!(!exit.stderr.contains("directory"), "{exit:?}");
    let Some(probe) = built("rust/probe") else { return };
    let refused = run(&["--net", "tcp://127.0.0.1:1"], &probe, &["connect", "127.0.0.1:1"]);
    assert!(refused.code == Some(1) && !refused.stderr.contains("directory"), "{refused:?}");
    let missed = run(&[], &probe, &["read", "/nowhere"]);
    missed.fails(1, &["hint: ", "--dir HOST::GUEST"]);
}

#[test]
fn a_read_only_directory_is_not_changed_and_the_denial_names_the_grant() {
    let dir = tempfile::tempdir().unwrap();
    let host = dir.path().to_str().unwrap();
    let ended = run(&["--dir", &format!("{host}::/data::ro")], wat("write"), &[]);
    ended.fails(
        1,
        &[
            "may not change `note.txt` in `/data`, which is read-only",
            &format!("--dir {host}::/data\n"),
        ],
    );
    assert!(!dir.path().join("note.txt").exists());
}

#[test]
fn moving_into_a_read_only_directory_names_that_directory() {
    let Some(guest) = built("rust/probe") else { return };
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(from.path().join("f"), "x").unwrap();
    let grants =
        [format!("{}::/a", from.path().display()), format!("{}::/b::ro", to.path().display())];
    let ended =
        run(&["--dir", &grants[0], "--dir", &grants[1]], &guest, &["rename", "/a/f", "/b/g"]);
    ended.fails(
        1,
        &[
            "may not change `g` in `/b`, which is read-only",
            &format!("--dir {}::/b", to.path().display()),
        ],
    );
    assert!(!ended.stderr.contains("leads out") && from.path().join("f").exists(), "{ended:?}");
}

#[test]
fn quiet_silences_denials() {
    let ended = run(&["-q"], wat("write"), &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
}

#[test]
fn a_component_reads_what_is_granted_and_nothing_beside_it() {
    for guest in ["rust/probe", "rust/probe3"] {
        let Some(guest) = built(guest) else { return };
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("in")).unwrap();
        fs::write(dir.path().join("in/a.txt"), "inside").unwrap();
        fs::write(dir.path().join("secret"), "outside").unwrap();
        let grant = format!("{}::/in::ro", dir.path().join("in").display());
        let read = run(&["--dir", &grant], &guest, &["read", "/in/a.txt"]);
        assert!(read.code == Some(0) && read.stdout.contains("inside"), "{read:?}");
        let ended = run(&["--dir", &grant], &guest, &["read", "/in/../secret"]);
        assert!(ended.code == Some(1) && !ended.stdout.contains("outside"), "{ended:?}");
        std::os::unix::fs::symlink(dir.path().join("secret"), dir.path().join("in/link")).unwrap();
        let ended = run(&["--dir", &grant], &guest, &["read", "/in/link"]);
        assert!(ended.code == Some(1) && !ended.stdout.contains("outside"), "{ended:?}");
    }
}

#[test]
fn variables_are_passed_only_when_granted() {
    let Some(probe) = built("rust/probe") else { return };
    let env = |flags: &[&str]| {
        let mut command = crate::run::forebay();
        command.env("MODE", "prod").arg("run").args(flags).arg(&probe).arg("env");
        crate::run::Ended::of(command.output().unwrap())
    };
    env(&[]).prints("");
    env(&["--env", "A=1", "--env", "MODE"]).prints("A=1\nMODE=prod\n");
    env(&["--env", "A=1", "--env", "A=b=c"]).prints("A=b=c\n");
    assert!(env(&["--env-inherit"]).stdout.contains("MODE=prod\n"));
}

#[test]
fn other_tools_spellings_of_a_grant_are_refused_with_the_right_one() {
    for (text, right) in [
        (".::ro", ".::.::ro"),
        (".::/x:ro", ".::/x::ro"),
        (".:/x", ".::/x"),
        (".:/x:RO", ".::/x::ro"),
    ] {
        run(&["--dir", text], wat("write"), &[]).fails(2, &[&format!("write `{right}`")]);
    }
}

#[test]
fn a_file_that_cannot_be_made_is_said_to_be_so() {
    let Some(upper) = built("rust/upper") else { return };
    let input = tempfile::NamedTempFile::new().unwrap();
    let ended = run(&["-o", "/proc/x"], &upper, &[input.path().to_str().unwrap()]);
    ended.fails(125, &["cannot write `/proc/x`", "no file can be made in that folder", "hint:"]);
}

#[test]
fn what_a_guest_names_is_quoted_for_a_shell() {
    let Some(probe) = built("rust/probe") else { return };
    let ended = run(&[], &probe, &["resolve", "x';id;'"]);
    ended.fails(1, &[r"allow it with --net 'tcp://x'\'';id;'\'':*'"]);
}
