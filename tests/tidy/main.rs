//! House rules that a compiler doesn't check: file sizes, headers, the order of modules, who
//! prints, vendored bytes.

mod architecture;
mod circles;
mod flags;
mod schemes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// No source file of the library or the command is longer, in lines.
const MOST_LINES: usize = 400;
/// Half of the library's files are no longer than this.
const MEDIAN_LINES: usize = 150;

#[test]
fn modules_use_only_those_above_them() {
    let order = layers();
    let mut faults = Vec::new();
    for (file, text) in sources("host/src") {
        let Some(rank) = order.iter().position(|layer| *layer == layer_of(&file)) else { continue };
        for (number, line) in
            text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for later in &order[rank + 1..] {
                if line.contains(&format!("crate::{later}"))
                    || line.contains(&format!("crate::{{{later}"))
                {
                    faults.push(format!(
                        "{}:{}: uses `{later}`, which comes after it in lib.rs",
                        file.display(),
                        number + 1
                    ));
                }
            }
            if line.contains("super::super") || line.contains("use crate::{") {
                faults.push(format!(
                    "{}:{}: hides a layer: one `use crate::module::…` a line",
                    file.display(),
                    number + 1
                ));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut faults = Vec::new();
    let mut lengths = Vec::new();
    for folder in ["host/src", "host/cli", "host/examples", "tests", "bench/src"] {
        for (file, text) in sources(folder) {
            let lines = text.lines().count();
            if folder == "host/src" {
                lengths.push(lines);
            }
            if lines > MOST_LINES {
                faults.push(format!("{}: {lines} lines; split it", file.display()));
            }
            if !text.starts_with("//!") {
                faults.push(format!("{}: no `//!` header", file.display()));
            }
        }
    }
    lengths.sort();
    let median = lengths[lengths.len() / 2];
    assert!(median <= MEDIAN_LINES, "half of the library's files have over {median} lines");
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn only_the_command_speaks_exits_and_reads_the_environment() {
    let banned = [
        "println!",
        "eprintln!",
        "print!(",
        "dbg!",
        "process::exit",
        "env::var",
        "env::args",
        "todo!",
        "unimplemented!",
    ];
    let mut faults = Vec::new();
    for (file, text) in sources("host/src") {
        for word in banned.iter().filter(|word| text.contains(**word)) {
            faults.push(format!("{}: `{word}` in the library", file.display()));
        }
    }
    for (file, text) in sources("host/cli") {
        let speaks = ["report.rs", "progress.rs", "mod.rs"].iter().any(|name| file.ends_with(name));
        if !speaks && ["println!", "eprintln!", "stderr()"].iter().any(|word| text.contains(word)) {
            faults.push(format!("{}: errors are rendered in report.rs", file.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn stores_are_made_in_one_place_and_authority_is_decided_in_one() {
    let uses = |word: &str| {
        let code =
            |text: &str| text.split("#[cfg(test)]").next().unwrap_or_default().contains(word);
        let found = sources("host/src")
            .into_iter()
            .filter(|(file, text)| code(text) && !file.ends_with("tests.rs"));
        found.map(|(file, _)| file).collect::<Vec<_>>()
    };
    assert_eq!(uses("Store::new(").len(), 1, "{:?}", uses("Store::new("));
    assert_eq!(
        uses("covers_address(").len(),
        2,
        "only the rule and the guard match addresses: {:?}",
        uses("covers_address(")
    );
    assert_eq!(uses("Linker::new(").len(), 1, "{:?}", uses("Linker::new("));
}

/// The catalogue holds each interface's version, its sharing and its definition; another table of
/// them would be a second truth.
#[test]
fn the_catalogue_alone_says_at_which_version_the_host_has_an_interface() {
    let mut faults = Vec::new();
    let is_test = |file: &Path| file.with_extension("").iter().any(|part| part == "tests");
    for (file, text) in sources("host/src").into_iter().filter(|(file, _)| !is_test(file)) {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let written =
            |line: &&str| [r#"@0.2.12""#, r#"@0.3.0""#].iter().any(|end| line.contains(end));
        if let Some(line) = code.clone().find(written) {
            faults.push(format!("{}: {line}", file.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn vendored_wit_is_as_it_was_released() {
    let folder = root().join("wit/deps");
    let listed = fs::read_to_string(folder.join("SHA256SUMS")).expect("wit/deps/SHA256SUMS");
    let expected: BTreeMap<&str, &str> = listed
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name, sum))
        .collect();
    let output = std::process::Command::new("sha256sum")
        .args(expected.keys())
        .current_dir(&folder)
        .output()
        .unwrap();
    let actual = String::from_utf8(output.stdout).unwrap();
    for line in actual.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert_eq!(expected[name], sum, "wit/deps/{name} was edited by hand");
    }
    assert_eq!(actual.lines().count(), expected.len());
}

#[test]
fn our_wit_packages_are_valid_and_every_item_says_what_it_is_for() {
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).expect("wit/ resolves");
    let undocumented: Vec<String> = resolve.packages[package]
        .interfaces
        .values()
        .map(|id| &resolve.interfaces[*id])
        .flat_map(|interface| {
            let own = interface.docs.contents.is_none().then(|| interface.name.clone()).flatten();
            let functions =
                interface.functions.values().filter(|function| function.docs.contents.is_none());
            own.into_iter().chain(functions.map(|function| function.name.clone()))
        })
        .collect();
    assert!(undocumented.is_empty(), "no docs: {undocumented:?}");
}

#[test]
fn the_exit_codes_of_the_guide_are_those_of_the_command() {
    let readme = fs::read_to_string(root().join("docs/guides/running.md")).unwrap();
    let table = fs::read_to_string(root().join("host/cli/exit.rs")).unwrap();
    for line in table.lines().filter(|line| line.contains("Status::") && line.contains("=> 1")) {
        let code = line.rsplit("=> ").next().unwrap().trim_end_matches(',');
        assert!(readme.contains(&format!("| {code} | ")), "the guide's table lacks {code}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The modules of the library, in the order of lib.rs.
fn layers() -> Vec<String> {
    let lib = fs::read_to_string(root().join("host/src/lib.rs")).unwrap();
    let name = |line: &str| {
        line.strip_prefix("pub mod ").map(|rest| rest.trim_end_matches(';').to_owned())
    };
    lib.lines().filter_map(name).collect()
}

/// The layer that a file of `host/src` belongs to.
fn layer_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("host/src")).unwrap();
    inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Every Rust file below a folder, with its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// README's first command and its second share every crate that both need: none is compiled twice.
#[test]
fn running_and_testing_compile_the_same_engine() {
    let tree = |edges: &[&str]| -> Vec<String> {
        let mut cargo = std::process::Command::new(env!("CARGO"));
        cargo.args(["tree", "--offline", "--locked", "--format", "{p} {f}", "--prefix", "none"]);
        let output = cargo.args(edges).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
    };

    let test = tree(&["--workspace", "--edges", "normal,build,dev"]);
    for edges in [&["--edges", "normal,build"][..], &["-p", "forebay"], &["-p", "forebay-bench"]] {
        let other: Vec<String> =
            tree(edges).into_iter().filter(|krate| !test.contains(krate)).collect();
        assert!(other.is_empty(), "`cargo tree {edges:?}` has other features: {other:?}");
    }
}
