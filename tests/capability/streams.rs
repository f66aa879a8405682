//! Standard streams.

use std::process::Stdio;

use crate::run::{built, forebay, run, run_with_input, wat};

#[test]
fn input_reaches_the_guest_whole() {
    let text = "one two\n".repeat(100_000);
    run_with_input(&[], wat("wc"), &[], text.as_bytes()).prints("100000 200000 800000\n");
    for guest in ["rust/probe", "rust/probe3"] {
        let Some(guest) = built(guest) else { return };
        run_with_input(&[], &guest, &["stdin"], text.as_bytes()).prints(&text);
    }
}

#[test]
fn input_that_is_turned_off_is_at_its_end() {
    run_with_input(&["--stdin", "none"], wat("wc"), &[], b"text").prints("0 0 0\n");
}

#[test]
fn a_program_is_read_from_standard_input_in_any_form() {
    let text = std::fs::read(wat("hello")).unwrap();
    run_with_input(&[], "-", &[], &text).prints("hello, wasm!\n");
}

#[test]
fn completions_know_the_commands_and_their_flags() {
    for shell in ["bash", "zsh", "fish"] {
        let output = forebay().args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && script.contains("max-memory") && script.contains("inspect"),
            "{shell}"
        );
    }
}

#[test]
fn output_that_is_turned_off_goes_nowhere() {
    run(&["--stdout", "none"], wat("hello"), &[]).prints("");
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    for guest in ["rust/probe", "rust/probe3"] {
        let Some(guest) = built(guest) else { return };
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (input, feed) = std::io::pipe().unwrap();
        let child = forebay()
            .arg("run")
            .arg(&guest)
            .arg("stdin")
            .stdin(input)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let writer = std::thread::spawn(move || {
            use std::io::Write;
            let mut feed = feed;
            // Ends with a broken pipe when the guest is gone.
            while feed.write_all(&[b'x'; 4096]).is_ok() {}
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
            (Some(0), "")
        );
    }
}

#[test]
fn a_full_disk_is_the_guests_to_know() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output =
        forebay().arg("run").arg(wat("wc")).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
