//! What is mounted at a path, as text: `mem:`, `component:FILE`, a directory. Pure.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::units;

/// What is mounted at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A directory of the host's.
    Directory {
        /// Where it is.
        host: PathBuf,
        /// Whether nothing in it may be changed.
        read_only: bool,
    },
    /// Memory, empty at first.
    Memory {
        /// Under which guests of a run share it; without one it's the guest's own.
        name: Option<String>,
        /// The most that it may hold, in bytes, names counted.
        most: Option<u64>,
    },
    /// A program behind a file.
    Program(PathBuf),
}

/// The spellings, for messages.
pub(crate) const SPELLINGS: &str = "`DIR[::ro]`, `mem:[NAME][?max=SIZE]` or `component:FILE`";

impl Source {
    /// Reads what is mounted.
    ///
    /// # Errors
    /// Why it can't be, as a sentence.
    pub fn parse(text: &str) -> Result<Source, String> {
        if text.contains('\0') {
            return Err("it holds a NUL byte".to_owned());
        }
        match scheme(text) {
            None => directory(text),
            Some(("component", "")) => Err("it names no file".to_owned()),
            Some(("component", file)) => Ok(Source::Program(file.into())),
            Some(("mem", rest)) => memory(rest),
            Some((scheme, _)) => Err(format!(
                "`{scheme}:` can't be mounted; a directory of that name is `./{scheme}:…`"
            )),
        }
    }

    /// The same, with paths that start at `folder`.
    #[must_use]
    pub fn within(self, folder: &Path) -> Source {
        match self {
            Source::Directory { host, read_only } => {
                Source::Directory { host: folder.join(host), read_only }
            }
            Source::Program(file) => Source::Program(folder.join(file)),
            Source::Memory { .. } => self,
        }
    }

    /// The files and directories of the host's that it's made of.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Source::Directory { host, .. } => vec![host],
            Source::Program(file) => vec![file],
            Source::Memory { .. } => Vec::new(),
        }
    }
}

/// What stands before the first colon, if it's no path: two letters at least, and none but letters,
/// digits, `+`, `-` and `.`.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let named = scheme.len() > 1 && scheme.bytes().all(letter);
    let starts = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    (named && starts && !rest.starts_with(':')).then_some((scheme, rest))
}

fn directory(text: &str) -> Result<Source, String> {
    let (host, read_only) = match text.rsplit_once("::") {
        Some((host, "ro")) => (host, true),
        Some((host, "rw")) => (host, false),
        Some((_, other)) => return Err(format!("behind `::` comes `ro`, not `{other}`")),
        None => (text, false),
    };
    if host.is_empty() {
        return Err("it names no directory".to_owned());
    }
    Ok(Source::Directory { host: host.into(), read_only })
}

fn memory(text: &str) -> Result<Source, String> {
    let (name, options) = text.split_once('?').map_or((text, ""), |(name, rest)| (name, rest));
    let mut most = None;
    for option in options.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("max", size)) if most.is_none() => most = Some(size_of(size)?),
            Some(("max", _)) => return Err("it says `max` twice".to_owned()),
            _ => return Err(format!("`mem:` has the option `max=SIZE`, and no `{option}`")),
        }
    }
    if name.contains('/') {
        return Err(format!("`{name}` is no name of a memory: it holds a `/`"));
    }
    Ok(Source::Memory { name: (!name.is_empty()).then(|| name.to_owned()), most })
}

fn size_of(text: &str) -> Result<u64, String> {
    units::size(text).map_err(|error| error.to_string())
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Directory { host, read_only } => {
                write!(f, "{}{}", host.display(), if *read_only { "::ro" } else { "" })
            }
            Source::Program(file) => write!(f, "component:{}", file.display()),
            Source::Memory { name, most } => {
                write!(f, "mem:{}", name.as_deref().unwrap_or_default())?;
                most.map_or(Ok(()), |most| write!(f, "?max={most}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_is_read_by_its_scheme() {
        for (text, again) in [
            ("mem:", "mem:"),
            ("mem:?max=64MiB", "mem:?max=67108864"),
            ("mem:scratch?max=1", "mem:scratch?max=1"),
            ("component:a:b.wasm", "component:a:b.wasm"),
            ("photos", "photos"),
            ("photos::ro", "photos::ro"),
            ("photos::rw", "photos"),
            ("./a:b", "./a:b"),
            ("/a:b::ro", "/a:b::ro"),
            (".", "."),
        ] {
            let read = Source::parse(text).unwrap();
            assert_eq!(read.to_string(), again);
            assert_eq!(Source::parse(again).unwrap(), read);
        }
    }

    #[test]
    fn what_cant_be_mounted_is_told_why() {
        for (text, why) in [
            ("", "it names no directory"),
            ("::ro", "it names no directory"),
            ("a::b", "behind `::` comes `ro`, not `b`"),
            ("component:", "it names no file"),
            ("mem:?max=", "is not a size"),
            ("mem:?max=1&max=2", "it says `max` twice"),
            ("mem:?size=1", "no `size=1`"),
            ("mem:a/b", "holds a `/`"),
            ("gopher:x", "`gopher:` can't be mounted"),
            ("a\0b", "it holds a NUL byte"),
        ] {
            let told = Source::parse(text).unwrap_err();
            assert!(told.contains(why), "{text:?}: {told}");
        }
    }
}
