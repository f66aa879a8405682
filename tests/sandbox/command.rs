//! The command puts the wall up before its guest runs.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// The binary, with nothing of the caller's environment but a cache that the tests share.
fn forebay() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env_clear().env("XDG_CACHE_HOME", cache).env("NO_COLOR", "1");
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// The lines of `/proc/PID/status` about seccomp while a guest waits for its second line.
fn status(flags: &[&str]) -> (String, String) {
    let mut command = forebay();
    command.arg("run").args(flags).args(["components/wat/upper.wat", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary starts");
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    input.write_all(b"first\n").unwrap();
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "FIRST\n");

    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    (of("Seccomp:"), of("NoNewPrivs:"))
}

#[test]
fn a_running_guest_is_behind_the_wall_unless_the_user_wants_none() {
    let filtered = ("2".to_owned(), "1".to_owned());
    assert_eq!(status(&[]), filtered);
    assert_eq!(status(&["--sandbox", "strict"]), filtered);
    assert_eq!(status(&["--sandbox", "none"]).0, "0");
}

/// Runs a program that ends by itself, and gives what it says on standard error.
fn said(words: &[&str]) -> String {
    let output = forebay().args(words).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_up_is_said_if_asked() {
    let verbose = said(&["-v", "run", "components/wat/hello.wat"]);
    assert!(verbose.contains("info: sandbox: files and TCP ports, by Landlock"), "{verbose}");
    assert!(verbose.contains("info: sandbox: system calls, by seccomp"), "{verbose}");
    let none = said(&["-v", "run", "--sandbox", "none", "components/wat/hello.wat"]);
    assert!(none.contains("info: sandbox: none") && !none.contains("seccomp"), "{none}");
    assert_eq!(said(&["run", "components/wat/hello.wat"]), "");
}

#[test]
fn what_the_user_names_is_reached_whichever_way_it_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name).display().to_string();
    std::fs::create_dir(at("elsewhere")).unwrap();
    std::fs::write(at("in"), "text").unwrap();
    std::fs::write(at("elsewhere/old"), "old").unwrap();
    std::os::unix::fs::symlink(at("elsewhere/old"), at("link")).unwrap();
    std::os::unix::fs::symlink(at("in"), at("in-link")).unwrap();
    let run = |words: &[&str]| {
        let words = [&["run", "--sandbox", "strict"], words].concat();
        assert_eq!(said(&words), "", "{words:?}");
    };
    let upper = "components/wat/upper.wat";
    run(&["-o", &at("new"), upper, &at("in-link")]);
    run(&["-o", &at("link"), upper, &format!("file://{}", at("in"))]);
    run(&["-o", &at("new"), "--append", upper, &at("in")]);
    run(&["-o", "/dev/null", upper, "/dev/null"]);
    run(&["-o", "/dev/stdout", upper, "/dev/stdin"]);
    assert_eq!(std::fs::read_to_string(at("new")).unwrap(), "TEXTTEXT");
    assert_eq!(std::fs::read_to_string(at("elsewhere/old")).unwrap(), "TEXT");
    assert!(std::fs::symlink_metadata(at("link")).unwrap().is_symlink());
    // Nothing else is left behind.
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 5);
}
