//! Where the programs of an app come from besides its own file.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::{Limit, Limits};
use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::load;
use crate::load::Program;

/// What an app is read with.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Guests that are added to those that it names, or programs of the packages that it names.
    pub added: Vec<Added>,
    /// How large its programs may be.
    pub limits: Limits,
    /// What stands before an addition where it was written, e.g. a flag; for messages.
    pub prefix: &'static str,
}

/// A program that is added to an app: `[NAME=]FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The import that it meets, where several guests could; in a composition the package that it
    /// stands for.
    pub name: Option<String>,
    /// Its file.
    pub source: PathBuf,
}

impl Added {
    /// Reads an addition. A text that is a file's whole name is that, even with a `=` in it.
    pub fn read(text: &str) -> Added {
        match text.split_once('=') {
            Some((name, file)) if !Path::new(text).is_file() => {
                Added { name: Some(name.to_owned()), source: file.into() }
            }
            _ => Added { name: None, source: text.into() },
        }
    }
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}=")?;
        }
        write!(f, "{}", self.source.display())
    }
}

impl Sources {
    /// Reads a program.
    ///
    /// # Errors
    /// As [`load::read`] and [`Program::recognise_within`].
    pub(super) fn program(&self, path: &Path) -> Result<Program> {
        self.program_beside(path, 0)
    }

    /// Reads a program beside others that have so many bytes: all of them together have no more than
    /// one by itself may have.
    ///
    /// # Errors
    /// As [`program`](Sources::program).
    pub(super) fn program_beside(&self, path: &Path, held: u64) -> Result<Program> {
        let most = self.limits.get(Limit::Size);
        let bytes = load::read(path, most.saturating_sub(held)).map_err(|error| {
            if held == 0 || error.class() != Class::Denied {
                return error;
            }
            Error::new(Class::Denied, "the guests have more bytes than are allowed, all together")
                .cause(format!("the limit is {most}, and `{}` is over it", path.display()))
                .hint(Hint::with(
                    "if you trust who made them, raise the limit: {}",
                    [Setting::CodeLimit(Limit::Size.to_string(), None)],
                ))
        })?;
        Program::recognise_within(&path.display().to_string(), bytes, &self.limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_addition_is_a_file_or_a_name_and_a_file() {
        let scratch = tempfile::tempdir().unwrap();
        let whole = scratch.path().join("a=b.wasm").display().to_string();
        assert_eq!(Added::read("mesh.wasm"), Added { name: None, source: "mesh.wasm".into() });
        assert_eq!(Added::read(&whole).name.unwrap().rsplit('/').next(), Some("a"));
        std::fs::write(&whole, "").unwrap();
        assert_eq!(Added::read(&whole), Added { name: None, source: whole.clone().into() });

        let named = Added::read("acme:mesh/route=x.wasm");
        assert_eq!(named.name.as_deref(), Some("acme:mesh/route"));
        assert_eq!(named.to_string(), "acme:mesh/route=x.wasm");
    }
}
