//! Projects as a newcomer begins them: every language and every kind is written, built by the
//! language's own tools, run, and passes its own test.

mod build;
mod defaults;
mod tools;

use std::path::Path;

use support::places::{file, scratch};
use support::run::{Ended, forebay};

/// Runs the command in a folder, with the tools that `components/setup` brings.
fn inside(folder: &Path, words: &[&str]) -> Ended {
    let mut command = forebay();
    command.envs(tools::environment()).current_dir(folder).args(words);
    Ended::of(command.output().unwrap())
}

/// Begins a project of each kind, builds it, and runs its test.
fn each_kind(lang: &str, kinds: &[&str]) {
    if !tools::are_there(lang) {
        return;
    }
    let folder = scratch();
    for kind in kinds {
        let name = format!("my-{kind}");
        let begun = inside(folder.path(), &["new", &name, "--lang", lang, "--kind", kind]);
        assert_eq!((begun.code, begun.stderr.as_str()), (Some(0), ""), "{lang} {kind}");
        let project = folder.path().join(&name);
        tools::share(lang, &project);

        let mut test = std::process::Command::new("./test");
        test.current_dir(&project).envs(tools::environment());
        test.env("FOREBAY", env!("CARGO_BIN_EXE_forebay"));
        test.env("XDG_CACHE_HOME", support::places::temporary().join("cache"));
        let tested = Ended::of(test.output().unwrap());
        assert_eq!(
            (tested.code, tested.stdout.as_str()),
            (Some(0), "fine\n"),
            "{kind}: {tested:?}"
        );

        // What was built isn't built again, and says what it is.
        let again = inside(&project, &["inspect", "."]);
        assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""), "{lang} {kind}");
        let readme = std::fs::read_to_string(project.join("README.md")).unwrap();
        assert!(readme.lines().count() <= 12, "{readme}");
        if *kind == "main" {
            let help = inside(&project, &["run", ".", "--help"]);
            let comment = if lang == "go" { "The greatest number" } else { "Greets each of" };
            assert!(help.stdout.starts_with(comment) && help.stderr.is_empty(), "{help:?}");
        }
    }
}

const ALL: &[&str] = &["main", "filter", "library", "http", "command"];
const MODULES: &[&str] = &["main", "filter", "library", "command"];

#[test]
fn rust_projects_are_built_and_run() {
    each_kind("rust", ALL);
}

#[test]
fn python_projects_are_built_and_run() {
    each_kind("python", ALL);
}

#[test]
fn javascript_projects_are_built_and_run() {
    each_kind("js", ALL);
}

#[test]
fn go_projects_are_built_and_run() {
    each_kind("go", MODULES);
}

#[test]
fn c_projects_are_built_and_run() {
    each_kind("c", MODULES);
}

#[test]
fn zig_projects_are_built_and_run() {
    each_kind("zig", MODULES);
}

#[test]
fn assemblyscript_projects_are_built_and_run() {
    each_kind("assemblyscript", MODULES);
}

#[test]
fn what_a_language_has_no_template_for_is_refused_before_anything_is_written() {
    let folder = scratch();
    for lang in ["go", "c", "zig", "assemblyscript"] {
        let refused = inside(folder.path(), &["new", "x", "--lang", lang, "--kind", "http"]);
        refused.fails(2, &["there is no template of an HTTP handler in", "`--lang rust`"]);
    }
    assert!(!folder.path().join("x").exists());
}

#[test]
fn a_project_has_a_name_and_a_folder_of_its_own() {
    let folder = scratch();
    let new = |name: &str| inside(folder.path(), &["new", name, "--lang", "c"]);
    let manifest = |name: &str| {
        std::fs::read_to_string(folder.path().join(name).join("forebay.toml")).unwrap()
    };
    for (path, name) in [
        ("My_Tool", "my-tool"),
        ("deep/er/x", "x"),
        ("2048", "g2048"),
        ("list", "list"),
        ("a b", "a-b"),
    ] {
        assert_eq!(new(path).code, Some(0), "{path}");
        assert!(manifest(path).contains(&format!("main = \"{name}\"")), "{path}");
        // All that it holds can be read: the manifest, and the WIT.
        let checked = inside(&folder.path().join(path), &["wit", "check", "/dev/null", "program"]);
        assert!(!checked.stderr.contains("can't be read as a WIT"), "{path}: {checked:?}");
    }
    new("x y/../..").fails(2, &["is no name for a project"]);
    new("…").fails(2, &["is no name for a project"]);
    new("My_Tool").fails(2, &["`My_Tool` is there already"]);
    let file = file(&folder, "plain", b"");
    new(&file).fails(2, &["is there already"]);
    new(&format!("{file}/below")).fails(125, &["cannot write"]);
}
