//! What we build on: where it comes from, under which licences, and whether an advisory is known
//! about it. It's what `cargo deny check` does by `deny.toml`, without a network.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use semver::{Version, VersionReq};
use serde_json::Value;
use toml::Table;

/// Every lock file of the repository.
const LOCKS: &[&str] = &[
    "Cargo.lock",
    "adapter/Cargo.lock",
    "bench/grpc/Cargo.lock",
    "components/rust/Cargo.lock",
    "host/fuzz/Cargo.lock",
];

/// The only registry, by its index.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn read(path: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = fs::read_to_string(&path).unwrap();
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn list<'a>(table: &'a Table, key: &str) -> &'a [toml::Value] {
    table[key].as_array().unwrap()
}

/// Name, version, source and checksum of the packages of a lock file.
fn locked(path: &str) -> Vec<[Option<String>; 4]> {
    packages(&read(path))
}

fn packages(lock: &Table) -> Vec<[Option<String>; 4]> {
    let text = |package: &toml::Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    let packages = list(lock, "package").to_vec();
    let keys = ["name", "version", "source", "checksum"];
    packages.iter().map(|package| keys.map(|key| text(package, key))).collect()
}

#[test]
fn every_crate_comes_from_the_registry_with_a_checksum() {
    for path in LOCKS {
        for [name, _, source, checksum] in locked(path) {
            // Ours have no source.
            let Some(source) = source else { continue };
            assert_eq!(source, REGISTRY, "{path}: {name:?}");
            assert_eq!(checksum.map(|sum| sum.len()), Some(64), "{path}: {name:?}");
        }
    }
}

#[test]
fn no_banned_crate_is_locked() {
    let deny = read("deny.toml");
    let banned = list(deny["bans"].as_table().unwrap(), "deny");
    for path in LOCKS {
        for [name, ..] in locked(path) {
            let is_it = |banned: &toml::Value| banned["crate"].as_str() == name.as_deref();
            assert!(!banned.iter().any(is_it), "{path}: {name:?}");
        }
    }
}

#[test]
fn the_lists_here_name_every_lock_file() {
    let output = Command::new("git").args(["ls-files", "*Cargo.lock"]).output();
    let output = output.expect("git lists our files");
    let tracked = String::from_utf8(output.stdout).unwrap();
    // A copy without its history has nothing to compare with.
    if output.status.success() {
        assert_eq!(tracked.lines().collect::<Vec<_>>(), LOCKS);
    }
}

/// The advisories about `name` at `version`.
fn advisories(known: &Table, name: &str, version: &Version) -> Vec<String> {
    let sound = |ranges: &toml::Value| {
        let mut ranges = ranges.as_array().unwrap().iter().filter_map(toml::Value::as_str);
        ranges.any(|range| VersionReq::parse(range).unwrap().matches(version))
    };
    let about = known.get(name).and_then(toml::Value::as_table).into_iter().flatten();
    about.filter(|(_, ranges)| !sound(ranges)).map(|(id, _)| id.clone()).collect()
}

/// What is wrong with the versions of a lock file: advisories, and versions that were withdrawn.
fn faults(lock: &Table) -> Vec<String> {
    let (known, withdrawn) =
        (read("tests/supply/advisories.toml"), read("tests/supply/withdrawn.toml"));
    let mut faults = Vec::new();
    for [name, version, source, _] in packages(lock) {
        let (name, version) = (name.unwrap(), version.unwrap());
        for id in advisories(&known, &name, &version.parse().unwrap()) {
            faults.push(format!("{name} {version}: {id}"));
        }
        let versions = withdrawn.get(&name).and_then(toml::Value::as_array).into_iter().flatten();
        let mut versions = versions.filter_map(toml::Value::as_str);
        if source.is_some() && versions.any(|gone| gone == version) {
            faults.push(format!("{name} {version}: withdrawn"));
        }
    }
    faults
}

#[test]
fn no_locked_version_has_an_advisory_or_was_withdrawn() {
    for path in LOCKS {
        assert_eq!(faults(&read(path)), [""; 0], "{path}");
    }
}

#[test]
fn a_lock_file_with_such_a_version_fails() {
    // Our own, with one version changed.
    let changed = |name: &str, version: &str| {
        let mut lock = read("Cargo.lock");
        let packages = lock["package"].as_array_mut().unwrap();
        let is_it = |package: &&mut toml::Value| package["name"].as_str() == Some(name);
        let package = packages.iter_mut().find(is_it).unwrap();
        package["version"] = toml::Value::String(version.to_owned());
        faults(&lock)
    };
    assert_eq!(changed("bytes", "1.11.0"), ["bytes 1.11.0: RUSTSEC-2026-0007"]);
    assert!(changed("wasmtime", "43.0.0").contains(&"wasmtime 43.0.0: RUSTSEC-2026-0096".into()));
    assert_eq!(changed("memchr", "2.3.1"), ["memchr 2.3.1: withdrawn"]);
    let found = changed("tokio", "1.39.0");
    assert!(found.contains(&"tokio 1.39.0: withdrawn".to_owned()), "{found:?}");
}

#[test]
fn an_unsound_version_would_be_found() {
    let known = read("tests/supply/advisories.toml");
    let of = |name: &str, version: &str| advisories(&known, name, &version.parse().unwrap());
    assert!(of("bytes", "1.11.0").contains(&"RUSTSEC-2026-0007".to_owned()));
    assert!(of("wasmtime", "43.0.0").contains(&"RUSTSEC-2026-0096".to_owned()));
    assert!(of("wasmtime", "36.0.13").is_empty());
}

/// Whether a licence expression can be met by allowed licences alone.
fn allowed(expression: &str, licences: &[&str]) -> bool {
    // Old packages write `/` for `OR`.
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    let words: Vec<&str> = expression.split_whitespace().collect();
    // All here are rows of `OR`, or of `AND` between rows in parentheses: each part of an `AND` must
    // be met by one of its own `OR`.
    let text = words.join(" ");
    text.split(" AND ").all(|part| part.split(" OR ").any(|one| licences.contains(&one.trim())))
}

#[test]
fn licences_are_those_that_we_allow() {
    let deny = read("deny.toml");
    let licences = list(deny["licenses"].as_table().unwrap(), "allow");
    let licences: Vec<&str> = licences.iter().filter_map(toml::Value::as_str).collect();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--locked", "--format-version", "1"]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let licence = |package: &Value| package["license"].as_str().unwrap_or("none").to_owned();
    let refused: BTreeMap<&str, String> = packages
        .iter()
        .filter(|package| !allowed(&licence(package), &licences))
        .map(|package| (package["name"].as_str().unwrap(), licence(package)))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert!(packages.len() > 200, "{}", packages.len());
}

#[test]
fn a_licence_is_met_by_one_of_each_alternative() {
    let check = |expression: &str| allowed(expression, &["MIT", "ISC"]);
    assert!(check("MIT") && check("Apache-2.0 OR MIT") && check("GPL-3.0/MIT"));
    assert!(check("(Apache-2.0 OR MIT) AND ISC"));
    assert!(!check("GPL-3.0") && !check("MIT AND GPL-3.0") && !check("none"));
    assert!(!check("Apache-2.0 WITH LLVM-exception"));
}
