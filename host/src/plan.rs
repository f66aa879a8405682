//! Which import is met by what. Pure: names come in, a plan or an error that lists every missing
//! import goes out.
//!
//! The host provides whole interfaces at one version of each line (WASI 0.2 and 0.3). An import of
//! any version that semver calls compatible is met by it, as the component model's linking rules
//! say; a release candidate is met by nothing else.

pub mod authority;

use std::collections::BTreeSet;

use semver::Version;

use crate::error::{Class, Error, Result};

/// Which of the host's interfaces a component needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The interfaces, by their names in [`PROVIDED`].
    pub interfaces: BTreeSet<&'static str>,
    /// What guests of a composition import under names of their own.
    pub own: BTreeSet<authority::Own>,
    /// Whether files are mounted, for which some functions of the file system are others.
    pub mounts: bool,
}

impl Plan {
    /// The guests that have imports of their own, in the order in which they are numbered, from 1.
    pub fn guests(&self) -> Vec<String> {
        let names: BTreeSet<&String> = self.own.iter().map(|own| &own.guest).collect();
        names.into_iter().cloned().collect()
    }
}

/// Every interface of the host, with its exact version. Names are
/// `namespace:package/interface@version`.
pub const PROVIDED: &[&str] = &[
    "forebay:stream/async-connection@0.1.0",
    "forebay:stream/async-listener@0.1.0",
    "forebay:stream/async-open@0.1.0",
    "forebay:stream/connection@0.1.0",
    "forebay:stream/errors@0.1.0",
    "forebay:stream/listener@0.1.0",
    "forebay:stream/open@0.1.0",
    "wasi:cli/environment@0.2.12",
    "wasi:cli/exit@0.2.12",
    "wasi:cli/stderr@0.2.12",
    "wasi:cli/stdin@0.2.12",
    "wasi:cli/stdout@0.2.12",
    "wasi:cli/terminal-input@0.2.12",
    "wasi:cli/terminal-output@0.2.12",
    "wasi:cli/terminal-stderr@0.2.12",
    "wasi:cli/terminal-stdin@0.2.12",
    "wasi:cli/terminal-stdout@0.2.12",
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:clocks/wall-clock@0.2.12",
    "wasi:filesystem/preopens@0.2.12",
    "wasi:filesystem/types@0.2.12",
    "wasi:http/outgoing-handler@0.2.12",
    "wasi:http/types@0.2.12",
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:random/insecure-seed@0.2.12",
    "wasi:random/insecure@0.2.12",
    "wasi:random/random@0.2.12",
    "wasi:sockets/instance-network@0.2.12",
    "wasi:sockets/ip-name-lookup@0.2.12",
    "wasi:sockets/network@0.2.12",
    "wasi:sockets/tcp-create-socket@0.2.12",
    "wasi:sockets/tcp@0.2.12",
    "wasi:sockets/udp-create-socket@0.2.12",
    "wasi:sockets/udp@0.2.12",
    "wasi:cli/environment@0.3.0",
    "wasi:cli/exit@0.3.0",
    "wasi:cli/stderr@0.3.0",
    "wasi:cli/stdin@0.3.0",
    "wasi:cli/stdout@0.3.0",
    "wasi:cli/terminal-input@0.3.0",
    "wasi:cli/terminal-output@0.3.0",
    "wasi:cli/terminal-stderr@0.3.0",
    "wasi:cli/terminal-stdin@0.3.0",
    "wasi:cli/terminal-stdout@0.3.0",
    "wasi:cli/types@0.3.0",
    "wasi:clocks/monotonic-clock@0.3.0",
    "wasi:clocks/system-clock@0.3.0",
    "wasi:clocks/types@0.3.0",
    "wasi:filesystem/preopens@0.3.0",
    "wasi:filesystem/types@0.3.0",
    "wasi:http/client@0.3.0",
    "wasi:http/types@0.3.0",
    "wasi:random/insecure-seed@0.3.0",
    "wasi:random/insecure@0.3.0",
    "wasi:random/random@0.3.0",
    "wasi:sockets/ip-name-lookup@0.3.0",
    "wasi:sockets/types@0.3.0",
    "forebay:preview1/preopens@0.1.0",
];

/// Finds who meets each of `imports` of the program `name`.
///
/// # Errors
/// `Class::Import`, listing every import that nobody meets, each with the nearest interface there
/// is.
pub fn plan(name: &str, imports: &[String]) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut missing = Vec::new();
    for import in imports {
        match provider(import) {
            Some(provided) => drop(plan.interfaces.insert(provided)),
            None => missing.push(import.as_str()),
        }
    }
    if missing.is_empty() { Ok(plan) } else { Err(unmet(name, &missing)) }
}

/// The host's interface that meets an import: the same name, at a compatible version.
pub fn provider(import: &str) -> Option<&'static str> {
    let (path, version) = split(import);
    let wanted = version.and_then(|text| Version::parse(text).ok());
    PROVIDED.iter().copied().find(|provided| {
        let (own, offered) = split(provided);
        let offered = offered.and_then(|text| Version::parse(text).ok());
        own == path
            && (import == *provided
                || wanted.as_ref().zip(offered.as_ref()).is_some_and(|(w, o)| compatible(w, o)))
    })
}

/// Semver compatibility as the component model uses it: the same leading non-zero number, and no
/// pre-release.
pub(crate) fn compatible(a: &Version, b: &Version) -> bool {
    let line = |v: &Version| match (v.major, v.minor) {
        (0, 0) => (0, 0, v.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    a.pre.is_empty() && b.pre.is_empty() && line(a) == line(b)
}

pub(crate) fn split(name: &str) -> (&str, Option<&str>) {
    match name.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (name, None),
    }
}

fn unmet(name: &str, missing: &[&str]) -> Error {
    let what = match missing {
        [one] => format!("`{name}` imports `{one}`, which nobody provides"),
        _ => format!("`{name}` imports {} interfaces that nobody provides", missing.len()),
    };
    let mut error = Error::new(Class::Import, what);
    for import in missing.iter().take(12) {
        error = error.cause(why_unmet(import));
    }
    if missing.len() > 12 {
        error = error.cause(format!("and {} more", missing.len() - 12));
    }
    let draft =
        missing.iter().any(|import| split(import).1.is_some_and(|version| version.contains("-rc")));
    error.hint(if draft {
        "it was built for a release candidate of WASI; build it again for a release: 0.2.x or 0.3.0"
    } else {
        "the interfaces that can be imported are those of WASI 0.2 and 0.3 and of `forebay:stream`; other components are linked in by `--with`"
    })
}

fn why_unmet(import: &str) -> String {
    let (path, version) = split(import);
    let same: Vec<&str> =
        PROVIDED.iter().copied().filter(|provided| split(provided).0 == path).collect();
    match (same.as_slice(), version) {
        ([], _) => match nearest(path) {
            Some(near) => format!("there is no `{import}`; the nearest is `{near}`"),
            None => format!("there is no `{import}`"),
        },
        (versions, Some(_)) => {
            format!("`{import}` is not compatible with `{}`", versions.join("` or `"))
        }
        (versions, None) => {
            format!("`{import}` names no version; there is `{}`", versions.join("` and `"))
        }
    }
}

fn nearest(path: &str) -> Option<&'static str> {
    nearest_of(path, PROVIDED.iter().copied())
}

/// The name with the smallest edit distance to `path`, versions left out, if it's near enough to be
/// a slip.
pub(crate) fn nearest_of<'a>(path: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| edit_distance(path, split(name).0);
    let best = names.filter(|name| name.len() <= 200).min_by_key(|name| distance(name))?;
    // Two letters that changed places are two edits, in a short name too.
    let slips = (path.len() / 3).max(2).min(path.len() / 2);
    (path.len() <= 100 && distance(best) <= slips).then_some(best)
}

/// Levenshtein distance in bytes.
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let here = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], here);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str]) -> Result<Vec<&'static str>, String> {
        let imports: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        plan("x", &imports)
            .map(|plan| plan.interfaces.into_iter().collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn any_version_of_a_line_is_met() {
        let met = check(&["wasi:io/streams@0.2.0", "wasi:cli/exit@0.2.9", "wasi:cli/exit@0.2.99"]);
        assert_eq!(met.unwrap(), ["wasi:cli/exit@0.2.12", "wasi:io/streams@0.2.12"]);
        assert_eq!(check(&["wasi:http/types@0.3.0"]).unwrap(), ["wasi:http/types@0.3.0"]);
        assert_eq!(check(&[]).unwrap().len(), 0);
    }

    #[test]
    fn what_is_missing_is_listed_with_what_is_near() {
        let error =
            check(&["wasi:cli/exit@0.3.0-rc-2026-03-15", "wasi:io/stream@0.2.0", "acme:x/y"])
                .unwrap_err();
        assert!(error.contains("3 interfaces") && error.contains("release candidate"), "{error}");
        assert!(
            error.contains("not compatible with `wasi:cli/exit@0.2.12` or `wasi:cli/exit@0.3.0`"),
            "{error}"
        );
        assert!(error.contains("the nearest is `wasi:io/streams@0.2.12`"), "{error}");
        assert!(error.contains("there is no `acme:x/y`"), "{error}");
    }
}
