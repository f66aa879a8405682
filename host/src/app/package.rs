//! Packages that a composition in WAC names, and the files that hold them. Pure.

use std::path::{Path, PathBuf};

use semver::Version;

/// A package that a composition names: `ns:name`, and its version if it says one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name, `ns:name`.
    pub name: String,
    /// Its version.
    pub version: Option<Version>,
}

impl Package {
    /// Whether that is its name, with or without the version.
    pub(super) fn is(&self, name: &str) -> bool {
        let versioned = || Some(format!("{}@{}", self.name, self.version.as_ref()?));
        name == self.name || versioned().as_deref() == Some(name)
    }

    /// The files that hold it, the likelier first, among those beside a composition.
    pub(super) fn files(&self, folder: &Path) -> [PathBuf; 2] {
        let folder = self.name.split(':').fold(folder.join("deps"), |at, part| at.join(part));
        let stem = match &self.version {
            Some(version) => folder.join(version.to_string()),
            None => folder,
        };
        ["wasm", "wat"].map(|extension| PathBuf::from(format!("{}.{extension}", stem.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_with_or_without_its_version_and_lies_in_deps() {
        let version = Some(Version::new(1, 2, 3));
        let package = Package { name: "acme:mesh".into(), version };
        assert!(package.is("acme:mesh") && package.is("acme:mesh@1.2.3"));
        assert!(!package.is("acme:mesh@1.2.4") && !package.is("acme:mes") && !package.is(""));
        let files = package.files(Path::new("/x"));
        assert_eq!(files[0], Path::new("/x/deps/acme/mesh/1.2.3.wasm"));

        let plain = Package { version: None, ..package };
        assert!(plain.is("acme:mesh") && !plain.is("acme:mesh@1.2.3"));
        assert_eq!(plain.files(Path::new(""))[1], Path::new("deps/acme/mesh.wat"));
    }
}
