//! The WIT packages that programs are written against: ours and WASI's, as the repository has them.

use std::collections::BTreeSet;

use semver::Version;
use wit_parser::{PackageName, UnresolvedPackageGroup};

use crate::error::{Class, Error, Result};
use crate::names::nearest_of;

/// Of several versions of a package the first is the one that is meant when none is named: the one
/// that every toolchain reads.
const TEXTS: &[&str] = &[
    include_str!("../../../wit/stream.wit"),
    include_str!("../../../wit/deps/io@0.2.12.wit"),
    include_str!("../../../wit/deps/clocks@0.2.12.wit"),
    include_str!("../../../wit/deps/random@0.2.12.wit"),
    include_str!("../../../wit/deps/filesystem@0.2.12.wit"),
    include_str!("../../../wit/deps/sockets@0.2.12.wit"),
    include_str!("../../../wit/deps/cli@0.2.12.wit"),
    include_str!("../../../wit/deps/http@0.2.12.wit"),
    include_str!("../../../wit/deps/clocks@0.3.0.wit"),
    include_str!("../../../wit/deps/random@0.3.0.wit"),
    include_str!("../../../wit/deps/filesystem@0.3.0.wit"),
    include_str!("../../../wit/deps/sockets@0.3.0.wit"),
    include_str!("../../../wit/deps/cli@0.3.0.wit"),
    include_str!("../../../wit/deps/http@0.3.0.wit"),
];

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// `namespace:name`.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Its text.
    pub text: &'static str,
    /// The packages that it uses, each `namespace:name@version`.
    pub uses: BTreeSet<String>,
}

impl Package {
    fn read(text: &'static str) -> Package {
        let group = UnresolvedPackageGroup::parse("package.wit", text)
            .expect("a package of ours can be read, as a test shows");
        let name = &group.main.name;
        let version = name.version.clone().expect("a package of ours has a version");
        let uses = group.main.foreign_deps.keys().map(PackageName::to_string).collect();
        Package { name: format!("{}:{}", name.namespace, name.name), version, text, uses }
    }

    /// The name of a file for it: `wasi-io@0.2.12.wit`.
    pub fn file_name(&self) -> String {
        format!("{}@{}.wit", self.name.replace(':', "-"), self.version)
    }

    /// Whether `version`, such as `0.2`, `0.2.x` or the whole one, is this one's.
    fn is_at(&self, version: &str) -> bool {
        let own = self.version.to_string();
        let wanted = version.strip_suffix(".x").unwrap_or(version);
        own == wanted || own.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
    }
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// All packages.
pub fn all() -> Vec<Package> {
    TEXTS.iter().map(|text| Package::read(text)).collect()
}

/// The packages that are named, as `namespace:name` or `namespace:name@version`, and all that they
/// use; each once, what is used before what uses it.
///
/// # Errors
/// `Class::NotFound` when there is no such package, with those that there are.
pub fn with_uses(names: &[String]) -> Result<Vec<Package>> {
    let all = all();
    let mut found: Vec<Package> = Vec::new();
    for name in names {
        add(find(name, &all)?, &all, &mut found);
    }
    Ok(found)
}

fn add(package: &Package, all: &[Package], found: &mut Vec<Package>) {
    if found.contains(package) {
        return;
    }
    for used in &package.uses {
        let used = all.iter().find(|package| package.to_string() == *used);
        add(used.expect("what a package uses is there, as a test shows"), all, found);
    }
    found.push(package.clone());
}

/// The package that is meant by a name.
fn find<'a>(text: &str, all: &'a [Package]) -> Result<&'a Package> {
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    // Of an interface its package is meant.
    let name = name.split('/').next().unwrap_or(name);
    let there: Vec<&Package> = all.iter().filter(|package| package.name == name).collect();
    let fitting = there.iter().find(|package| version.is_none_or(|wanted| package.is_at(wanted)));
    if let Some(package) = fitting {
        return Ok(package);
    }

    let error = Error::new(Class::NotFound, format!("there is no WIT package `{text}` here"));
    let list = |packages: &mut dyn Iterator<Item = String>| {
        packages.map(|package| format!("`{package}`")).collect::<Vec<_>>().join(", ")
    };
    if !there.is_empty() {
        let versions = list(&mut there.iter().map(|package| package.to_string()));
        return Err(error
            .cause(format!("there is {versions}"))
            .hint("name one of those: a host of 0.2 runs programs of every 0.2.x that is older"));
    }
    let error = error.cause(format!("there are {}", list(&mut all.iter().map(|p| p.to_string()))));
    Err(match nearest_of(name, all.iter().map(|package| package.name.as_str())) {
        Some(near) => error.hint(format!("is it `{near}`?")),
        None => error.hint("packages of other people's are copied into `wit/deps` by hand"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Result<Vec<String>, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        match with_uses(&names) {
            Ok(found) => Ok(found.iter().map(Package::file_name).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_package_comes_with_what_it_uses_and_each_once() {
        let stream = named(&["forebay:stream", "wasi:io"]).unwrap();
        assert_eq!(stream.len(), 2, "{stream:?}");
        assert!(stream[0].starts_with("wasi-io@0.2."), "{stream:?}");
        for package in all() {
            let found = named(&[&package.to_string()]).unwrap();
            assert_eq!(found.last(), Some(&package.file_name()));
        }
    }

    #[test]
    fn a_version_may_be_left_out_or_cut_short() {
        let first = named(&["wasi:http"]).unwrap();
        for name in ["wasi:http@0.2", "wasi:http@0.2.x", "wasi:http/types@0.2"] {
            assert_eq!(named(&[name]).unwrap(), first, "{name}");
        }
        let third = named(&["wasi:http@0.3.x"]).unwrap();
        assert!(third.iter().all(|file| file.ends_with("@0.3.0.wit")), "{third:?}");
    }

    #[test]
    fn what_isnt_there_is_told_with_what_is() {
        let says = |name: &str, part: &str| {
            let error = with_uses(&[name.to_owned()]).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        };
        says("wasi:htp", "is it `wasi:http`?");
        says("wasi:http@0.2.1", "`wasi:http@0.3.0`");
        says("wasi:nn", "there are `forebay:stream@");
        says("", "there is no WIT package ``");
    }
}
