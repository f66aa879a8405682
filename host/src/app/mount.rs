//! What stands at a path of a guest, as text: `PATH=SPEC`. Pure.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::error::{Class, Error};
use crate::fs::{SPELLINGS, Source};
use crate::policy::Directory;

/// What is mounted at a path of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountSpec {
    /// The path, as the guest has it.
    pub path: String,
    /// What stands there.
    pub source: Source,
}

impl MountSpec {
    /// Reads what stands at `path`.
    ///
    /// # Errors
    /// `Class::Usage` when it can't be read.
    pub fn new(path: &str, what: &str) -> Result<MountSpec, Error> {
        let wrong = |why: String| {
            Error::new(Class::Usage, format!("`{path}={what}` says no mount"))
                .cause(why)
                .hint(hint())
        };
        if path.is_empty() {
            return Err(wrong("it names no path".to_owned()));
        }
        Ok(MountSpec { path: path.to_owned(), source: Source::parse(what).map_err(wrong)? })
    }

    /// The same, with paths of the host's that start at `folder`.
    #[must_use]
    pub fn within(self, folder: &Path) -> MountSpec {
        MountSpec { source: self.source.within(folder), ..self }
    }

    /// The directory that is granted by it, if it's one of the host's.
    pub fn granted(&self) -> Option<Directory> {
        let Source::Directory { host, read_only } = &self.source else { return None };
        let (host, read_only) = (host.clone(), *read_only);
        Some(Directory { host, guest: self.path.clone(), read_only })
    }
}

impl MountSpec {
    /// The directories of the host's that it uses, as if they were granted at its path.
    pub fn directories(&self) -> Vec<Directory> {
        let granted = |(host, read_only): (&Path, bool)| Directory {
            host: host.to_owned(),
            guest: self.path.clone(),
            read_only,
        };
        self.source.directories().into_iter().map(granted).collect()
    }
}

fn hint() -> String {
    format!("write `PATH=SPEC`, where SPEC is {SPELLINGS}; e.g. `/tmp=mem:`")
}

impl FromStr for MountSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<MountSpec, Error> {
        let (path, what) = text.split_once('=').ok_or_else(|| {
            Error::new(Class::Usage, format!("`{text}` says no mount"))
                .cause("it has no `=`")
                .hint(hint())
        })?;
        MountSpec::new(path, what)
    }
}

impl fmt::Display for MountSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_a_path_and_what_stands_there() {
        let read = |text: &str| text.parse::<MountSpec>();
        let mount = read("/svc/f=component:a=b:c.wasm").unwrap();
        assert_eq!(mount.path, "/svc/f");
        assert_eq!(mount.source, Source::Program("a=b:c.wasm".into()));
        assert_eq!(mount.to_string(), "/svc/f=component:a=b:c.wasm");
        assert_eq!(
            read("/in=photos::ro").unwrap().granted().unwrap().to_string(),
            "photos::/in::ro"
        );

        for (text, why) in [
            ("/svc/f", "it has no `=`"),
            ("=mem:", "it names no path"),
            ("/svc/f=component:", "it names no file"),
            ("/svc/f=Component:a", "`Component:` can't be mounted"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.class(), Class::Usage);
            assert!(error.causes()[0].starts_with(why), "{error}");
        }
    }

    #[test]
    fn a_path_may_hold_what_separates_the_parts_of_the_text() {
        let mount = MountSpec::new("/a=component:b", "component:c").unwrap();
        assert_eq!(
            (mount.path.as_str(), mount.source),
            ("/a=component:b", Source::Program("c".into()))
        );
    }
}
