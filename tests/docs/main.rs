//! README and `docs/` as a reader types them: every `sh` block runs, in order, in a fresh copy of
//! the checkout, and says what the `text` block behind it says. A block that can't run here is
//! marked `sh not-run`, and they are counted.

mod page;
mod reference;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::places::{root, scratch, temporary};

use page::{Block, blocks};

/// How many blocks are marked as not to be run: they install, need a network or a program of the
/// reader's own. It's to fall.
const NOT_RUN: usize = 16;

/// The pages, README first.
fn pages() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found[1..].sort();
    found
}

/// The files that are in the repository, or would be if they were added, copied elsewhere.
fn fresh_copy(to: &Path) {
    let git = |arguments: &[&str]| Command::new("git").args(arguments).current_dir(root()).output();
    let listed = git(&["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).unwrap();
    assert!(listed.status.success(), "{listed:?}");
    for name in String::from_utf8(listed.stdout).unwrap().split_terminator('\0') {
        let (from, to) = (root().join(name), to.join(name));
        if from.is_file() {
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(from, to).unwrap();
        }
    }
}

fn is_on_path(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}

/// Runs a page's blocks in a copy of the checkout. What is wrong, if something is.
fn try_page(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let blocks = blocks(&text);
    if let Some(tool) = page::needs(&text).find(|tool| !is_on_path(tool)) {
        let missing = format!("{} needs `{tool}`: run components/setup", page.display());
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("SKIPPED: {missing}");
        return Vec::new();
    }
    let copy = scratch();
    if blocks.iter().any(|block| block.runs) {
        fresh_copy(copy.path());
    }

    let mut faults = Vec::new();
    for Block { line, script, expected, .. } in blocks.into_iter().filter(|block| block.runs) {
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{script}")]);
        let bin = Path::new(env!("CARGO_BIN_EXE_forebay")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        shell.env_clear().env("PATH", format!("{}:{path}", bin.display())).env("NO_COLOR", "1");
        shell.env("XDG_CACHE_HOME", temporary().join("cache")).env("COLUMNS", "100");
        shell.env("HOME", copy.path()).stdin(std::process::Stdio::null());
        let output = shell.current_dir(copy.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let place = format!("{}:{line}", page.strip_prefix(root()).unwrap().display());
        match expected {
            Some(expected) if said != expected => {
                faults.push(format!("{place}: it says\n{said}\nand not\n{expected}"));
            }
            None if !output.status.success() => faults.push(format!("{place}: it fails\n{said}")),
            _ => {}
        }
    }
    faults
}

#[test]
fn every_block_runs_as_it_is_printed() {
    let faults: Vec<String> = pages().iter().flat_map(|page| try_page(page)).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
}

#[test]
fn few_blocks_are_not_run() {
    let of = |page: &PathBuf| blocks(&std::fs::read_to_string(page).unwrap());
    let not_run = pages().iter().flat_map(of).filter(|block| !block.runs).count();
    assert!(not_run <= NOT_RUN, "{not_run} blocks aren't run");
}

#[test]
fn the_first_page_is_short_and_every_link_leads_somewhere() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 130, "README has {} lines", readme.lines().count());

    let mut faults = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in page::links(&text) {
            let target = page.parent().unwrap().join(link.split('#').next().unwrap());
            if !target.exists() {
                faults.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(faults.is_empty(), "links that lead nowhere:\n{}", faults.join("\n"));
}
