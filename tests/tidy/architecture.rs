//! ARCHITECTURE.md is short, names only what is there, and leaves no module out.

use std::fs;
use std::path::Path;

use crate::{layers, root};

/// No more lines than somebody reads.
const MOST_LINES: usize = 250;
/// Where a path of ours may begin.
const FOLDERS: [&str; 2] = ["host/src", ""];

#[test]
fn the_architecture_is_short_and_names_what_is_there() {
    let text = text();
    let lines = text.lines().count();
    assert!(lines <= MOST_LINES, "ARCHITECTURE.md has {lines} lines, {MOST_LINES} at most");

    let paths: Vec<&str> = quoted(&text).into_iter().filter(|word| is_path(word)).collect();
    assert!(paths.len() > 40, "paths are no longer recognized: {paths:?}");
    let gone: Vec<_> = paths.into_iter().filter(|path| !stands(path)).collect();
    assert!(gone.is_empty(), "ARCHITECTURE.md names what isn't there: {gone:#?}");
}

#[test]
fn the_map_has_every_module_of_the_library() {
    let text = text();
    let map = text.split("## Map").nth(1).and_then(|rest| rest.split("## ").next()).unwrap();
    let rows: Vec<&str> = map.lines().filter_map(|line| line.split('|').nth(1)).collect();

    let named = |module: &String| rows.iter().any(|row| row.contains(&format!("`{module}`")));
    let missing: Vec<String> = layers().into_iter().filter(|module| !named(module)).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md's map lacks {missing:?}");
}

#[test]
fn a_path_is_told_from_other_words() {
    for path in ["stream/opener", "host/cli/args.rs", "config.rs", "command/"] {
        assert!(is_path(path), "{path}");
    }
    for other in ["wasi:cli/run", "stream<u8>", "--net", "list<a/b>", "stream", "NAME/x"] {
        assert!(!is_path(other), "{other}");
    }
    assert!(stands("graph/link") && stands("wit/deps") && !stands("graph/nothing"));
}

fn text() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| !line.starts_with("    "));
    lines.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

fn is_path(word: &str) -> bool {
    let ours = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
    let whole = word.chars().all(|c| ours(c) || c.is_ascii_uppercase() && word.ends_with(".md"));
    whole && (word.contains('/') || word.ends_with(".rs") || word.ends_with(".md"))
}

/// Whether a path stands for a file or a folder; a module's path may leave out `.rs`.
fn stands(path: &str) -> bool {
    let exists = |folder: &str| {
        let path = root().join(folder).join(path);
        path.exists() || Path::new(&format!("{}.rs", path.display())).exists()
    };
    FOLDERS.iter().any(|folder| exists(folder))
}
