//! Names of interfaces, `namespace:package/interface@version`: their parts, which versions fit each
//! other, and which name is nearest to a misspelt one. Pure.

use semver::Version;

/// A name's path and its version, as they are written.
pub fn split(name: &str) -> (&str, Option<&str>) {
    match name.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (name, None),
    }
}

/// A name's version, if it has one that can be read.
pub fn version(name: &str) -> Option<Version> {
    Version::parse(split(name).1?).ok()
}

/// Whether what is exported by one name meets an import of another: the very same, or the same path
/// at a compatible version.
pub fn fits(import: &str, export: &str) -> bool {
    let same_path = split(import).0 == split(export).0;
    let compatible = || {
        version(import)
            .zip(version(export))
            .is_some_and(|(wanted, offered)| compatible(&wanted, &offered))
    };

    import == export || (same_path && compatible())
}

/// Semver compatibility as the component model uses it: the same leading non-zero number, and no
/// pre-release.
pub fn compatible(a: &Version, b: &Version) -> bool {
    let line = |v: &Version| match (v.major, v.minor) {
        (0, 0) => (0, 0, v.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };

    a.pre.is_empty() && b.pre.is_empty() && line(a) == line(b)
}

/// The name with the smallest edit distance to `path`, versions left out, if it's near enough to be
/// a slip.
pub fn nearest_of<'a>(path: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| edit_distance(path, split(name).0);
    let best = names.filter(|name| name.len() <= 200).min_by_key(|name| distance(name))?;

    // Two letters that changed places are two edits, in a short name too.
    let slips = (path.len() / 3).max(2).min(path.len() / 2);

    (path.len() <= 100 && distance(best) <= slips).then_some(best)
}

/// Levenshtein distance in bytes.
pub fn edit_distance(a: &str, b: &str) -> usize {
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

    #[test]
    fn versions_of_one_line_fit_and_drafts_fit_only_themselves() {
        assert!(fits("a:b/c@0.2.1", "a:b/c@0.2.12") && fits("a:b/c@1.0.0", "a:b/c@1.9.0"));
        assert!(!fits("a:b/c@0.2.1", "a:b/c@0.3.0") && !fits("a:b/c@0.0.1", "a:b/c@0.0.2"));
        assert!(!fits("a:b/c@0.3.0-rc-1", "a:b/c@0.3.0") && fits("a:b/c@1.0.0-a", "a:b/c@1.0.0-a"));
        assert!(!fits("a:b/c@1.0.0", "a:b/d@1.0.0") && !fits("a:b/c", "a:b/c@1.0.0"));
        assert!(fits("a:b/c@one", "a:b/c@one") && !fits("a:b/c@one", "a:b/c@two"));
    }

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let near = |name| nearest_of(name, ["a:mesh/route@0.1.0", "to"].into_iter());
        assert_eq!(near("a:mesh/ruote"), Some("a:mesh/route@0.1.0"));
        assert_eq!((near("b:other/thing"), near("x"), near("")), (None, None, None));
        assert_eq!(near(&"a:mesh/route".repeat(10)), None);
        assert_eq!((edit_distance("kitten", "sitting"), edit_distance("", "abc")), (3, 3));
    }
}
