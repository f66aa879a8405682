//! `docs/reference/commands.md` is what `--help` says, and the exit codes are the command's.
//! `DOCS=overwrite cargo test --release --test docs` writes the page.

use support::places::root;
use support::run::{Ended, forebay};

/// The commands, in the order of `forebay --help`.
fn commands() -> Vec<String> {
    let help = said(&["--help"]);
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

fn said(words: &[&str]) -> String {
    let ended = Ended::of(forebay().env("COLUMNS", "100").args(words).output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn the_page_of_commands_is_what_help_says() {
    let mut page =
        "# Commands\n\nWhat `--help` says of each. The man pages say the same.\n".to_owned();
    page.push_str(&format!("\n## forebay\n\n```help\n{}```\n", said(&["--help"])));
    for command in commands() {
        let help = said(&[&command, "--help"]);
        page.push_str(&format!("\n## forebay {command}\n\n```help\n{help}```\n"));
    }

    let path = root().join("docs/reference/commands.md");
    if std::env::var("DOCS").is_ok_and(|wish| wish == "overwrite") {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/reference/commands.md isn't what --help says: DOCS=overwrite");
}

/// The keys that `host/src/app/keys.rs` lists under a name.
fn keys(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("host/src/app/keys.rs")).unwrap();
    let list = text.split(&format!("const {name}: &[&str] =")).nth(1).unwrap();
    let list = list.split("];").next().unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_schema_of_the_manifest_has_the_keys_that_are_read() {
    let text = std::fs::read_to_string(root().join("docs/reference/manifest.schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (name, place) in [
        ("KEYS", ""),
        ("GUEST_KEYS", "/properties/guest/additionalProperties"),
        ("LIMIT_KEYS", "/properties/guest/additionalProperties/properties/limits"),
        ("ROUTE_KEYS", "/properties/route/additionalProperties"),
        ("EVENT_KEYS", "/properties/event/additionalProperties"),
        ("EDGE_KEYS", "/properties/edge/additionalProperties"),
        ("BUILD_KEYS", "/properties/build"),
    ] {
        let properties = schema.pointer(&format!("{place}/properties")).unwrap();
        let mut told: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
        let mut read = keys(name);
        told.sort();
        read.sort();
        assert_eq!(told, read, "{name}");
    }
}

#[test]
fn there_is_a_man_page_for_each_command() {
    let folder = support::places::scratch();
    let made = Ended::of(forebay().arg("man").arg(folder.path()).output().unwrap());
    made.prints("");
    for command in commands() {
        let page = std::fs::read_to_string(folder.path().join(format!("forebay-{command}.1")));
        let page = page.unwrap_or_else(|error| panic!("{command}: {error}"));
        assert!(page.contains(".TH") && page.contains(&command), "{command}: {page}");
    }
    assert!(said(&["man"]).contains(".TH forebay 1"));
}

#[test]
fn what_the_package_installs_is_made() {
    let folder = support::places::scratch();
    let mut assets = std::process::Command::new(root().join("packaging/assets"));
    assets.arg(folder.path()).env("FOREBAY", env!("CARGO_BIN_EXE_forebay"));
    assert!(assets.status().unwrap().success());

    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let listed = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    for asset in listed {
        let source = asset[0].as_str().unwrap();
        let there = match source.strip_prefix("target/assets/") {
            Some("man/*.1") => folder.path().join("man/forebay.1"),
            Some(made) => folder.path().join(made),
            None if source.starts_with("target/") => continue,
            None => root().join(source),
        };
        assert!(there.exists(), "{source}");
    }
}
