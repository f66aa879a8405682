//! Only the command spells flags: what the library would have set is a value (`hint::Setting`,
//! `policy::Needed`), since who embeds it has no command line.

use crate::sources;

/// Files that still do: two write a program's grants as flags, the rest hints. (`typed` may: it
/// reads the words of a program's own arguments.) Strike out what no longer does.
const KNOWN: &[&str] = &["graph/explain.rs", "inspect/needs.rs", "serve/server.rs"];
/// Flags of other programs: linkers.
const OTHERS: [&str; 2] = ["--import-memory", "--export-memory"];

#[test]
fn the_library_spells_no_flags() {
    let mut found = Vec::new();
    let mut known = Vec::new();
    for (file, text) in sources("host/src") {
        let path = file.display().to_string();
        let inside = path.split("host/src/").nth(1).unwrap();
        let is_test = file.iter().any(|part| part == "tests" || part == "tests.rs");
        if inside.starts_with("typed/") || is_test {
            continue;
        }
        let lines: Vec<&str> = code(&text).filter(|line| spells(line)).collect();
        match KNOWN.contains(&inside) {
            true if lines.is_empty() => {}
            true => known.push(inside.to_owned()),
            false => found.extend(lines.iter().map(|line| format!("{inside}: {}", line.trim()))),
        }
    }
    assert!(found.is_empty(), "flags in the library: make settings of them: {found:#?}");
    known.sort();
    assert_eq!(known, KNOWN, "strike from `KNOWN` what spells no flags any more");
}

#[test]
fn a_flag_in_a_text_is_found() {
    assert!(spells(r#"hint("say `--fuel N`")"#) && spells(r#""--dir .""#));
    assert!(!spells(r#"b"-- a""#) && !spells(r#""build it without `--import-memory`""#));
    assert_eq!(code("a\n// --b\n#[cfg(test)]\nmod tests { \"--c\" }").count(), 1);
}

/// The lines of a file that are neither comments nor tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// Whether a line writes a flag in a text.
fn spells(line: &str) -> bool {
    let is_flag = |rest: &str| {
        rest.starts_with(|c: char| c.is_ascii_lowercase())
            && !OTHERS.iter().any(|other| rest.starts_with(&other[2..]))
    };
    line.split("--").skip(1).any(is_flag)
}
