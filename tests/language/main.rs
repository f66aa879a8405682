//! Programs of other languages and other people's toolchains, unchanged: those that
//! `components/build` builds, and those that `components/setup` fetches from package registries.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Output, Stdio};

use support::places::{built, fetched};
use support::run::forebay;

#[track_caller]
fn prints(output: &Output, stdout: &str) {
    assert_eq!(String::from_utf8_lossy(&output.stdout), stdout, "{output:?}");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_greeting_is_the_same_in_every_language() {
    for name in ["go/hello", "js/hello", "python/hello", "assemblyscript/hello"] {
        let Some(program) = built(name) else { continue };
        let output = forebay().arg("run").arg(&program).args(["ada", "grace"]).output().unwrap();
        prints(&output, "hello, ada!\nhello, grace!\n");
    }
}

/// A typed main may have any name; what the toolchain exports beside it is nobody's.
#[test]
fn a_typed_main_of_a_script_is_found_by_being_the_only_one() {
    for name in ["js/shrink", "python/shrink"] {
        let Some(program) = built(name) else { continue };
        let run = |command: &str, words: &[&str]| {
            forebay().arg(command).arg(&program).args(words).output().unwrap()
        };
        let help = run("run", &["--help"]);
        assert!(String::from_utf8_lossy(&help.stdout).contains("<text> <width>"), "{help:?}");
        prints(&run("run", &["hello world", "--width", "5"]), "hello\n");

        let failed = run("run", &["hello", "0"]);
        assert_eq!(failed.status.code(), Some(1), "{failed:?}");
        assert!(String::from_utf8_lossy(&failed.stderr).contains("nothing fits"), "{failed:?}");

        let slip = run("call", &["ini"]);
        let said = String::from_utf8_lossy(&slip.stderr);
        assert_eq!(slip.status.code(), Some(127), "{said}");
        assert!(said.contains("it exports `shrink`\n") && !said.contains("init"), "{said}");

        let path = program.to_str().unwrap();
        let offered = forebay().args(["complete", "run", path, "--"]).output().unwrap();
        prints(&offered, "--text\n--width\n--output\n--help\n");
    }
}

#[test]
fn exit_codes_of_legacy_programs_are_kept() {
    for (name, args, code) in
        [("c/exit", vec!["42"], 42), ("c/exit", vec!["0"], 0), ("go/hello", vec!["-exit", "3"], 3)]
    {
        let Some(program) = built(name) else { continue };
        assert_eq!(
            forebay().arg("run").arg(&program).args(args).status().unwrap().code(),
            Some(code)
        );
    }
}

#[test]
fn a_legacy_program_reads_the_files_it_was_granted() {
    let Some(cat) = built("c/cat") else { return };
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a"), "one\n").unwrap();
    std::fs::write(dir.path().join("b"), "two\n".repeat(100_000)).unwrap();
    let grant = format!("{}::/", dir.path().display());
    let output =
        forebay().args(["run", "--dir", &grant]).arg(&cat).args(["/a", "/b"]).output().unwrap();
    prints(&output, &format!("one\n{}", "two\n".repeat(100_000)));
}

/// The heap of a Zig program asks for memory as it grows, and takes what it gets for its own.
#[test]
fn a_server_keeps_its_heap() {
    let Some(server) = built("zig/reverse") else { return };
    let mut command = forebay();
    command
        .args(["run", "--listen", "tcp://127.0.0.1:0?nonblock=0"])
        .arg(server)
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening: tcp://").unwrap_or_else(|| panic!("{line}"));
    let mut client = TcpStream::connect(address).unwrap();
    let mut sent: Vec<u8> = (0..3_000_000u32).map(|index| (index % 251) as u8).collect();
    client.write_all(&sent).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut received = Vec::new();
    client.read_to_end(&mut received).unwrap();
    sent.reverse();
    assert!(received == sent, "{} bytes came back", received.len());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn esbuild_minifies() {
    let Some(esbuild) = fetched("esbuild") else { return };
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.ts"), "let x: number = 1; export const y = x + 1;").unwrap();
    let grant = format!("{}::/", dir.path().display());
    let output = forebay()
        .args(["run", "--dir", &grant])
        .arg(esbuild)
        .args(["--minify", "/a.ts"])
        .output()
        .unwrap();
    prints(&output, "let e=1;export const y=e+1;\n");
}

#[test]
fn cpython_computes() {
    let Some(python) = fetched("python") else { return };
    let script = "import json,sys;print(json.dumps([sys.platform,2**64]))";
    let output = forebay().arg("run").arg(python).args(["-c", script]).output().unwrap();
    prints(&output, "[\"wasi\", 18446744073709551616]\n");
}

#[test]
fn icepll_finds_a_divider() {
    let Some(icepll) = fetched("icepll") else { return };
    let output = forebay().arg("run").arg(icepll).args(["-i", "12", "-o", "48"]).output().unwrap();
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("F_PLLOUT:   48.000 MHz"),
        "{output:?}"
    );
}
