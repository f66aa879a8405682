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
    /// An archive, which is only read.
    Archive(PathBuf),
    /// Something with changes kept above it.
    Overlay {
        /// What is changed.
        lower: Box<Source>,
        /// Where the changes are: memory, or a directory.
        upper: Box<Source>,
    },
}

/// The spellings, for messages.
pub(crate) const SPELLINGS: &str = "`DIR[::ro]`, `mem:[NAME][?max=SIZE]`, `embed:FILE.tar`, \
     `overlay:SPEC[?upper=DIR|mem:][&max=SIZE]` or `component:FILE`";

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
            Some(("embed", "")) => Err("it names no archive".to_owned()),
            Some(("embed", file)) => Ok(Source::Archive(file.into())),
            Some(("overlay", rest)) => overlay(rest),
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
            Source::Archive(file) => Source::Archive(folder.join(file)),
            Source::Overlay { lower, upper } => Source::Overlay {
                lower: Box::new(lower.within(folder)),
                upper: Box::new(upper.within(folder)),
            },
            Source::Memory { .. } => self,
        }
    }

    /// The files of the host's that are read for it.
    pub fn files(&self) -> Vec<&Path> {
        match self {
            Source::Program(file) | Source::Archive(file) => vec![file],
            Source::Overlay { lower, upper } => [lower.files(), upper.files()].concat(),
            Source::Directory { .. } | Source::Memory { .. } => Vec::new(),
        }
    }

    /// The directories of the host's that it uses, and whether each is only read.
    pub fn directories(&self) -> Vec<(&Path, bool)> {
        match self {
            Source::Directory { host, read_only } => vec![(host, *read_only)],
            Source::Overlay { lower, upper } => [lower.directories(), upper.directories()].concat(),
            Source::Program(_) | Source::Archive(_) | Source::Memory { .. } => Vec::new(),
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

/// `LOWER[?upper=DIR|mem:][&max=SIZE]`: the changes are in memory, if nothing else is said.
fn overlay(text: &str) -> Result<Source, String> {
    let is_option = |option: &str| option.starts_with("upper=") || option.starts_with("max=");
    let (lower, options) = match text.rsplit_once('?') {
        Some((lower, options)) if is_option(options) => (lower, options),
        _ => (text, ""),
    };
    let (mut upper, mut most) = (None, None);
    for option in options.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("upper", place)) if upper.is_none() => upper = Some(Source::parse(place)?),
            Some(("max", size)) if most.is_none() => most = Some(size_of(size)?),
            Some((twice @ ("upper" | "max"), _)) => return Err(format!("it says `{twice}` twice")),
            _ => {
                return Err(format!(
                    "`overlay:` has the options `upper` and `max`, and no `{option}`"
                ));
            }
        }
    }
    let upper = match (upper, most) {
        (None, most) => Source::Memory { name: None, most },
        (Some(Source::Memory { name, most: None }), most) => Source::Memory { name, most },
        (Some(directory @ Source::Directory { read_only: false, .. }), None) => directory,
        (Some(Source::Directory { read_only: false, .. }), Some(_)) => {
            return Err("`max` is for changes in memory".to_owned());
        }
        (Some(other), _) => return Err(format!("changes can't be kept in `{other}`")),
    };
    // What is below is only read, whatever its own word for that is.
    let lower = match Source::parse(lower)? {
        Source::Directory { host, .. } => Source::Directory { host, read_only: true },
        Source::Program(_) => {
            return Err("a program is a file, and has nothing to change".to_owned());
        }
        lower => lower,
    };
    Ok(Source::Overlay { lower: Box::new(lower), upper: Box::new(upper) })
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
            Source::Archive(file) => write!(f, "embed:{}", file.display()),
            Source::Overlay { lower, upper } => write!(f, "overlay:{lower}?upper={upper}"),
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
            ("embed:a.tar?max=1", "embed:a.tar?max=1"),
            ("overlay:.", "overlay:.::ro?upper=mem:"),
            ("overlay:embed:a.tar?upper=changes", "overlay:embed:a.tar?upper=changes"),
            ("overlay:overlay:a?upper=b", "overlay:overlay:a::ro?upper=mem:?upper=b"),
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
            ("embed:", "it names no archive"),
            ("overlay:", "it names no directory"),
            ("overlay:a?upper=b&max=1", "`max` is for changes in memory"),
            ("overlay:a?upper=embed:b", "changes can't be kept in `embed:b`"),
            ("overlay:a?upper=b::ro", "changes can't be kept in `b::ro`"),
            ("overlay:component:a", "a program is a file"),
            ("overlay:a?upper=b&upper=c", "it says `upper` twice"),
            ("gopher:x", "`gopher:` can't be mounted"),
            ("a\0b", "it holds a NUL byte"),
        ] {
            let told = Source::parse(text).unwrap_err();
            assert!(told.contains(why), "{text:?}: {told}");
        }
    }
}
