//! A guest's own usage, made from its types and comments; what a shell completes.

use crate::run::{Ended, built, forebay, run, wat};

#[test]
fn help_shows_usage_types_comments_and_what_the_host_does() {
    let Some(shrink) = built("rust/shrink") else { return };
    let ended = run(&[], &shrink, &["--help"]);
    assert_eq!(ended.code, Some(0));
    for part in [
        "Shrinks a JPEG or PNG image",
        "<input> [-o <output>] [--width <width>] [--format <format>] [--quality <quality>]",
        "input: input-stream",
        "which is opened and read for the program",
        "--format: option<enum { jpeg, png }>",
        "one of: jpeg, png",
        "jpeg: Small, with losses; for photos.",
        "result: result<_, string>",
    ] {
        assert!(ended.stdout.contains(part), "no `{part}` in {}", ended.stdout);
    }
    // Asking for help opens nothing, and a program without comments has help too.
    let plain = run(&[], wat("add"), &["--help"]);
    assert!(plain.code == Some(0) && plain.stdout.contains("<a> <b>"), "{plain:?}");
    // Comments that aren't in the program are read beside it.
    let folder = crate::scratch();
    std::fs::copy(wat("add"), folder.path().join("add.wat")).unwrap();
    crate::file(
        &folder,
        "add.wit",
        b"package a:b; world w { /// Adds up.\nexport add: func(a: u32, b: u32) -> u32; }",
    );
    let beside = run(&[], folder.path().join("add.wat"), &["--help"]);
    assert!(beside.stdout.starts_with("Adds up.\n"), "{beside:?}");
    let Some(typed) = built("rust/typed") else { return };
    let one = Ended::of(forebay().arg("call").arg(typed).args(["ask", "--help"]).output().unwrap());
    assert!(
        one.stdout.contains("Sends `text`") && one.stdout.contains("tcp://HOST:PORT"),
        "{one:?}"
    );
}

#[test]
fn a_shell_completes_flags_and_choices() {
    let Some(shrink) = built("rust/shrink") else { return };
    let complete = |words: &[&str]| {
        let output = forebay().args(["complete", "run"]).arg(&shrink).args(words).output().unwrap();
        Ended::of(output).stdout
    };
    assert_eq!(complete(&["photo.jpg", "--w"]), "--width\n");
    assert_eq!(complete(&["--format", ""]), "jpeg\npng\n");
    assert_eq!(complete(&["--format", "p"]), "png\n");
    assert!(complete(&["-"]).contains("--quality"));
    // The script asks for them, and falls back to our own flags.
    let line = |words: &str| {
        let script = format!(
            "PATH={}:$PATH; source <(forebay completions bash); COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _forebay_program forebay \"${{COMP_WORDS[COMP_CWORD]}}\" \"\"; echo \"${{COMPREPLY[@]}}\"",
            std::path::Path::new(env!("CARGO_BIN_EXE_forebay")).parent().unwrap().display()
        );
        let output = std::process::Command::new("bash").args(["-c", &script]).output();
        output.map(|output| Ended::of(output).stdout)
    };
    let Ok(guest) = line(&format!("forebay run {} --fo", shrink.display())) else {
        eprintln!("SKIPPED: there is no bash here");
        return;
    };
    assert_eq!(guest, "--format\n");
    assert!(line("forebay run --tim").unwrap().contains("--timeout"));
}
