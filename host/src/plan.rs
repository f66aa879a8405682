//! Which import is met by what. Pure: names come in, a plan or an error that lists every missing
//! import goes out.

use std::collections::BTreeSet;

use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::interfaces::{GuestImport, Interface, WASI_03};
use crate::names::{nearest_of, split};

/// Which of the host's interfaces a component needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The interfaces.
    pub interfaces: BTreeSet<Interface>,
    /// What guests of a composition import under names of their own.
    pub own: BTreeSet<GuestImport>,
    /// Whether files may be of our own file systems, for which some functions are others.
    pub own_files: bool,
}

impl Plan {
    /// The guests that have imports of their own, in the order in which they are numbered, from 1.
    pub fn guests(&self) -> Vec<String> {
        let names: BTreeSet<&String> = self.own.iter().map(|own| &own.guest).collect();
        names.into_iter().cloned().collect()
    }
}

/// Finds who meets each of `imports` of the program `name`.
///
/// # Errors
/// `Class::Import`, listing every import that nobody meets, each with the nearest interface there
/// is.
pub fn plan(name: &str, imports: &[String]) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut missing = Vec::new();
    for import in imports {
        match Interface::meeting(import) {
            Some(interface) => drop(plan.interfaces.insert(interface)),
            None => missing.push(import.as_str()),
        }
    }
    if missing.is_empty() { Ok(plan) } else { Err(unmet(name, &missing)) }
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
    if draft {
        error.hint(format!(
            "it was built for a release candidate of WASI; build it again for a release: 0.2.x or {WASI_03}"
        ))
    } else {
        error.hint(Hint::with(
            "the interfaces that can be imported are those of WASI 0.2 and 0.3 and of `forebay:stream`; other components are linked in by {}",
            [Setting::Guest(None)],
        ))
    }
}

fn why_unmet(import: &str) -> String {
    let (path, version) = split(import);
    let same: Vec<&str> = Interface::of_path(path).map(Interface::name).collect();
    match (same.as_slice(), version) {
        ([], _) => match nearest_of(path, Interface::names()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str]) -> Result<Vec<&'static str>, String> {
        let imports: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        plan("x", &imports)
            .map(|plan| plan.interfaces.into_iter().map(Interface::name).collect())
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
