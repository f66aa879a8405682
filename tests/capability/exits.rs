//! How programs end: their own code, a trap, an interruption.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::run::{Ended, built, forebay, run, wat};

#[test]
fn the_code_of_a_component_is_its_own_in_both_versions() {
    for guest in ["rust/probe", "rust/probe3"] {
        let Some(guest) = built(guest) else { return };
        for code in [0, 1, 7, 255] {
            let ended = run(&[], &guest, &["exit", &code.to_string()]);
            assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""), "{ended:?}");
        }
    }
}

#[test]
fn a_trap_shows_the_functions_by_name() {
    let Some(probe) = built("rust/probe") else { return };
    let ended = run(&[], &probe, &["trap"]);
    ended.fails(134, &["trapped: wasm `unreachable`", "trap::c", "trap::b", "trap::a"]);
}

#[test]
fn names_that_never_end_are_cut_in_a_trap() {
    // Each argument of this C++ function is made of two of the one before it.
    let arguments: String = (0..33)
        .map(|at| {
            let digit = char::from_digit(at, 36).unwrap().to_ascii_uppercase();
            format!("S_IS{digit}_S{digit}_E")
        })
        .collect();
    let mangled = format!("_Z1f1AIiiE{arguments}");
    let folder = tempfile::tempdir().unwrap();
    for name in [mangled, "x".repeat(90_000)] {
        let guest = folder.path().join("guest.wat");
        // It calls itself until its stack is used up.
        let text = format!(r#"(module (func ${name} (export "_start") call ${name} nop))"#);
        std::fs::write(&guest, text).unwrap();
        let ended = run(&["--timeout", "60s"], &guest, &[]);
        ended.fails(134, &["went over its stack budget", "…"]);
        assert!(ended.stderr.len() < 40_000, "{} bytes", ended.stderr.len());
    }
}

#[test]
fn an_interrupt_ends_a_guest_that_spins() {
    for signal in ["-INT"] {
        let mut child = forebay()
            .args(["-v", "run", "--dir", "."])
            .arg(wat("spin"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // `-v` says what is granted once the handler of signals can be set; the guest spins from
        // then on.
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("granted"), "{line}");
        let pid = child.id().to_string();
        // Until the handler is there the signal ends the process by itself; either way it ends.
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let status = child.wait().unwrap();
        use std::os::unix::process::ExitStatusExt;
        assert!(status.code() == Some(130) || status.signal() == Some(2), "{status:?}");
    }
}

#[test]
fn precompiled_code_runs_only_when_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("hello.cwasm");
    let made =
        Ended::of(forebay().arg("compile").arg(wat("hello")).arg("-o").arg(&out).output().unwrap());
    assert_eq!(made.code, Some(0), "{made:?}");
    run(&[], &out, &[])
        .fails(126, &["is precompiled", "running native code", "--allow-precompiled"]);
    run(&["--allow-precompiled"], &out, &[]).prints("hello, wasm!\n");
}

#[test]
fn machine_code_that_was_damaged_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("hello.cwasm");
    Ended::of(forebay().arg("compile").arg(wat("hello")).arg("-o").arg(&out).output().unwrap());
    let mut code = std::fs::read(&out).unwrap();
    code.truncate(code.len() / 2);
    std::fs::write(&out, code).unwrap();
    let ended = run(&["--allow-precompiled"], &out, &[]);
    assert_eq!(ended.code, Some(125), "{ended:?}");
}
