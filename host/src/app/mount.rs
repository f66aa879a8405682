//! What stands at a path of a guest instead of a file, as text: `PATH=component:FILE`. Pure.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Class, Error};

/// A program that stands at a path of the main guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountSpec {
    /// The path, as the guest has it.
    pub path: String,
    /// The program's file.
    pub source: PathBuf,
}

impl MountSpec {
    /// Reads what stands at `path`: `component:FILE`.
    ///
    /// # Errors
    /// `Class::Usage` for anything else.
    pub fn new(path: &str, what: &str) -> Result<MountSpec, Error> {
        let wrong = |why: String| {
            Error::new(Class::Usage, format!("`{path}={what}` says no mount")).cause(why).hint(HINT)
        };

        match what.split_once(':') {
            Some(("component", "")) => Err(wrong("it names no file".to_owned())),
            Some(("component", file)) => {
                Ok(MountSpec { path: path.to_owned(), source: file.into() })
            }
            Some((scheme, _)) => Err(wrong(format!("`{scheme}:` can't be mounted"))),
            None => Err(wrong(format!("`{what}` doesn't say what it is"))),
        }
    }
}

const HINT: &str = "write `PATH=component:FILE`, e.g. `/svc/upper=component:upper.wasm`";

impl FromStr for MountSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<MountSpec, Error> {
        let (path, what) = text.split_once('=').ok_or_else(|| {
            Error::new(Class::Usage, format!("`{text}` says no mount"))
                .cause("it has no `=`")
                .hint(HINT)
        })?;
        MountSpec::new(path, what)
    }
}

impl fmt::Display for MountSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=component:{}", self.path, self.source.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_a_path_and_a_components_file() {
        let read = |text: &str| text.parse::<MountSpec>();
        let mount = read("/svc/f=component:a=b:c.wasm").unwrap();
        assert_eq!(mount.path, "/svc/f");
        assert_eq!(mount.source, PathBuf::from("a=b:c.wasm"));
        assert_eq!(mount.to_string(), "/svc/f=component:a=b:c.wasm");

        for (text, why) in [
            ("/svc/f", "it has no `=`"),
            ("/svc/f=upper.wasm", "`upper.wasm` doesn't say what it is"),
            ("/svc/f=component:", "it names no file"),
            ("/svc/f=https://a/b", "`https:` can't be mounted"),
            ("/svc/f=Component:a", "`Component:` can't be mounted"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!((error.class(), error.causes()), (Class::Usage, &[why.to_owned()][..]));
        }
    }

    #[test]
    fn a_path_may_hold_what_separates_the_parts_of_the_text() {
        let mount = MountSpec::new("/a=component:b", "component:c").unwrap();
        assert_eq!((mount.path.as_str(), mount.source), ("/a=component:b", PathBuf::from("c")));
    }
}
