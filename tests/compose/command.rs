//! Commands that stand where a filter is imported: `filtered.wat` passes its streams on to one.

use std::path::Path;
use std::process::Command;

use crate::run::{Ended, built, forebay, wat};
use crate::{manifest, scratch};

pub const GUESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests");

/// Calls `filtered.wat`, whose filter is `filter`, with a text for its input.
fn filtered(filter: &str, flags: &[&str], text: &str) -> Ended {
    let folder = scratch();
    std::fs::write(folder.path().join("text"), text).unwrap();
    let main = format!("{GUESTS}/graph/filtered.wat");
    Ended::of(filtering(&main, filter, flags).current_dir(folder.path()).output().unwrap())
}

/// The command that calls such a guest, with the file `text` for its filter's input.
pub fn filtering(main: &str, filter: &str, flags: &[&str]) -> Command {
    let mut command = forebay();
    command.args(["call", "--with", filter]).args(flags).args([main, "main", "text"]);
    command
}

#[test]
fn a_legacy_command_is_a_filter_whose_input_and_output_are_streams() {
    let text = "one two\n".repeat(100_000);
    filtered(wat("wc").to_str().unwrap(), &[], &text).prints("100000 200000 800000\n");
    // One that reads nothing.
    filtered(wat("hello").to_str().unwrap(), &[], &text).prints("hello, wasm!\n");
}

/// The same from a manifest, with lines of the filter's table.
fn in_a_manifest(filter: &Path, table: &str, text: &str) -> Ended {
    let manifest = format!(
        "main = \"main\"\n[guest.main]\nsource = \"{GUESTS}/graph/filtered.wat\"\n[guest.filter]\nsource = {filter:?}\n{table}"
    );
    let folder = scratch();
    std::fs::write(folder.path().join("text"), text).unwrap();
    std::fs::write(folder.path().join("forebay.toml"), manifest).unwrap();
    let mut command = forebay();
    Ended::of(
        command
            .current_dir(folder.path())
            .args(["call", "forebay.toml", "main", "text"])
            .output()
            .unwrap(),
    )
}

#[test]
fn commands_of_every_generation_are() {
    let text = "one two\n".repeat(100_000);
    for guest in ["rust/probe", "rust/probe3"] {
        let Some(guest) = built(guest) else { return };
        in_a_manifest(&guest, "args = [\"stdin\"]", &text).prints(&text);
    }
}

#[test]
fn handles_and_memory_of_one_are_limited() {
    let Some(probe) = built("rust/probe") else { return };
    let handles = |most: u32| {
        in_a_manifest(
            &probe,
            &format!("args = [\"handles\", \"100\"]\nlimits = {{ handles = {most} }}"),
            "",
        )
    };
    assert_eq!(handles(1000).code, Some(0));
    handles(50).fails(1, &["the guest `filter` went over its handle budget of 50"]);
    let grow = |most: &str| {
        in_a_manifest(
            &probe,
            &format!("args = [\"grow\", \"100\"]\nlimits = {{ memory = \"{most}\" }}"),
            "",
        )
    };
    assert_eq!(grow("1GiB").code, Some(0));
    grow("16MiB").fails(1, &["the guest `filter` exited with code 1"]);
}

#[test]
fn each_failure_is_told_to_the_caller() {
    let fails = |guest: &str, flags: &[&str], said: &str| {
        filtered(&format!("{GUESTS}/{guest}"), flags, "text").fails(1, &[said]);
    };
    fails(
        "exit.wat",
        &[],
        "the guest `exit` exited with code 3, in `forebay:stream/filter@0.1.0#apply`",
    );
    fails("trap.wat", &[], "the guest `trap` trapped: wasm `unreachable` instruction executed");
    fails(
        "spin.wat",
        &["--grant=spin:--call-timeout=20ms"],
        "the guest `spin` went over its call-timeout of 20ms",
    );
    fails(
        "spin.wat",
        &["--grant=spin:--call-fuel=1000"],
        "the guest `spin` went over its fuel budget of 1000",
    );
}

#[test]
fn a_filter_that_is_isolated_is_handed_the_streams_too() {
    let Some(capitals) = built("rust/capitals") else { return };
    let text = "one two\n".repeat(100_000);
    for flags in [&[][..], &["--grant=capitals:--isolate"]] {
        filtered(capitals.to_str().unwrap(), flags, &text).prints(&text.to_uppercase());
    }
}

#[test]
fn a_command_that_is_none_is_refused_and_explain_says_what_it_is() {
    let explained = "main = \"main\"\n[guest.main]\nsource = \"DIR/filtered.wat\"\n[guest.wc]\nsource = \"DIR/../exit.wat\"";
    let text = manifest::with(explained, "explain", &[]).stdout;
    assert!(text.contains("forebay:stream/filter@0.1.0 is met by wc"), "{text}");
    assert!(text.contains("is run for each call"), "{text}");
    filtered(&format!("{GUESTS}/reactor.wat"), &[], "text")
        .fails(125, &["imports `forebay:stream/filter@0.1.0`, which nobody provides"]);
}
