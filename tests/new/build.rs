//! `forebay build`, and `forebay run` of a folder: a command of the user's own, run when it's due.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{file, inside, scratch};

const HELLO: &str = "(module (func (export \"_start\")) (memory (export \"memory\") 1))";

/// A project whose command copies its one source.
fn project(folder: &tempfile::TempDir, build: &str) {
    let add = fs::read_to_string(support::places::wat("add")).unwrap();
    file(folder, "add.wat", add.as_bytes());
    let guest = "main = \"add\"\n[guest.add]\nsource = \"out/add.wasm\"\n";
    file(folder, "forebay.toml", format!("{guest}{build}").as_bytes());
}

const COPY: &str =
    "[build]\ncommand = \"echo told; cp add.wat out/add.wasm\"\ninputs = [\"add.wat\"]\n";

/// Makes a file older or newer than it is.
fn shift(path: &Path, later: bool) {
    let hour = Duration::from_secs(3600);
    let then = SystemTime::now();
    let then = if later { then + hour } else { then - hour };
    fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

#[test]
fn a_folder_is_built_when_it_is_due_and_run() {
    let folder = scratch();
    project(&folder, COPY);
    let run = || inside(folder.path(), &["run", ".", "1", "2"]);

    // What the build says isn't the program's.
    let first = run();
    assert_eq!((first.code, first.stdout.as_str()), (Some(0), "3\n"), "{first:?}");
    assert!(
        first.stderr.starts_with("building: echo told; cp") && first.stderr.contains("\ntold\n")
    );
    run().prints("3\n");

    shift(&folder.path().join("add.wat"), true);
    assert!(run().stderr.starts_with("building: "), "an input is newer");
    shift(&folder.path().join("add.wat"), false);
    shift(&folder.path().join("out/add.wasm"), false);
    inside(folder.path(), &["-q", "call", ".", "add", "1", "2"]).prints("3\n");
    inside(folder.path(), &["build"]).fails(0, &["building: "]);
    inside(Path::new("/"), &["build", folder.path().to_str().unwrap()]).fails(0, &["building: "]);

    // Without a word it's this folder's; a program that takes arguments misses them.
    inside(folder.path(), &["run"]).fails(2, &["`a`", "it is missing"]);
    // Other commands take the folder, too.
    let wit = inside(folder.path(), &["wit", "."]);
    assert!(wit.stdout.contains("export add"), "{wit:?}");
    assert_eq!(inside(folder.path(), &["check", "."]).code, Some(0));
}

#[test]
fn only_a_folder_is_built_and_never_a_manifest_that_is_held_to_a_ceiling() {
    let folder = scratch();
    project(&folder, "[build]\ncommand = \"touch ran\"\n");
    let ran = || folder.path().join("ran").exists();
    inside(folder.path(), &["run", "forebay.toml", "1", "2"]).fails(127, &["out/add.wasm"]);
    for flags in [&["--ask"][..], &["--max-grants", "forebay.toml"]] {
        let words = [&["run"], flags, &[".", "1", "2"]].concat();
        inside(folder.path(), &words).fails(126, &["would run a command of its own", "touch ran"]);
    }
    inside(folder.path(), &["inspect", "."]).fails(127, &["out/add.wasm"]);
    assert!(!ran());
    inside(folder.path(), &["run"]).fails(125, &["there is no `out/add.wasm` after the build"]);
    assert!(ran());
}

#[test]
fn what_keeps_a_build_from_going_well_is_said() {
    let folder = scratch();
    let build = |table: &str| {
        project(&folder, table);
        inside(folder.path(), &["build"])
    };
    build("").fails(2, &["doesn't say how it's built", "`[build]`"]);
    build("[build]\ncommand = \"echo wrong >&2; exit 3\"\n")
        .fails(125, &["wrong\n", "wasn't built", "ended with exit status: 3"]);
    build("[build]\ncommand = \"true\"\ninputs = [\"src\"]\n")
        .fails(127, &["there is no `src` to build"]);
    build("[build]\ncommand = \"true\"\ntools = { no-such-tool = \"apt install it\" }\n")
        .fails(127, &["there is no `no-such-tool` on PATH", "to get it: apt install it"]);
    build("[build]\ncommand = \"true\"\ntools = { nst-a = \"this\", nst-b = \"that\" }\n")
        .fails(127, &["`nst-a` on PATH; to get it: this", "`nst-b` on PATH; to get it: that"]);
    build("[build]\ncomand = \"true\"\n").fails(2, &["is it `command`?"]);
    build("[build]\n").fails(2, &["missing field `command`"]);

    let empty = scratch();
    inside(empty.path(), &["run"]).fails(127, &["there is no `forebay.toml` here", "forebay new"]);
    inside(empty.path(), &["build"]).fails(127, &["there is no `forebay.toml` here"]);
    inside(empty.path(), &["build", "nowhere"]).fails(127, &["no `forebay.toml` in `nowhere`"]);
    inside(empty.path(), &["run", "."]).fails(125, &["`.` is a directory, not a program"]);
}

#[test]
fn a_project_finds_its_own_tools_and_the_programs_standard_input_stays_its_own() {
    let folder = scratch();
    let bin = folder.path().join("node_modules/.bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("my-compiler"), format!("#!/bin/sh\ncat > out/seen\necho '{HELLO}' > $1\n"))
        .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(bin.join("my-compiler"), mode).unwrap();
    project(
        &folder,
        "[build]\ncommand = \"my-compiler out/add.wasm\"\ntools = { my-compiler = \"npm\" }\n",
    );

    let mut run = support::run::forebay();
    run.current_dir(folder.path()).arg("run").env("PATH", "/usr/bin:/bin");
    run.stdin(fs::File::open(folder.path().join("add.wat")).unwrap());
    let ended = support::run::Ended::of(run.output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(fs::read_to_string(folder.path().join("out/seen")).unwrap(), "");
}
