//! A program's file, opened once: which file it is and what it holds come from the same descriptor,
//! whatever its path leads to a moment later. With errors that say what is there instead of a
//! program.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::config::Limit;
use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::load::detect::{Form, binary_form, detect, is_text};
use crate::load::{identity, limits};
use crate::names::nearest_of;

/// What is no binary and has so many bytes isn't read to its end, which may never come.
const TEXT: u64 = 64 << 20;

/// An open file that should hold a program.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
}

impl Source {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// `Class::NotFound` when there is no file, `Class::Program` when it's a directory,
    /// `Class::Host` when it can't be opened.
    pub fn open(path: &Path) -> Result<Source> {
        let shown = path.display();
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                Error::new(Class::NotFound, format!("there is no program `{shown}`"))
                    .cause(&error)
                    .hint(match near(path) {
                        Some(near) => format!("is it `{}`?", near.display()),
                        None => {
                            "give the path of a .wasm or .wat file, or `-` to read one from stdin"
                                .to_owned()
                        }
                    })
            }
            _ => unreadable(path, &error),
        })?;
        let source = Source { path: path.to_owned(), file };
        if source.file.metadata().map_err(|error| unreadable(path, &error))?.is_dir() {
            return Err(Error::new(
                Class::Program,
                format!("`{shown}` is a directory, not a program"),
            )
            .hint(Hint::with(
                "name the .wasm file in it; to let a program use the directory, write {} before it",
                [Setting::Directory],
            )));
        }
        Ok(source)
    }

    /// The form of a large binary program and the identity of its file; `None` when it must be
    /// read. It's the same before and after [`read`](Source::read) only if nobody wrote meanwhile.
    pub fn identity(&self) -> Option<(Form, String)> {
        let identity = identity::of(&self.file)?;
        let mut header = [0; 8];
        self.file.read_exact_at(&mut header, 0).ok()?;
        Some((binary_form(&header)?, identity))
    }

    /// Reads the whole file, of `most` bytes at most.
    ///
    /// # Errors
    /// `Class::Denied` when it's larger, `Class::Host` when it can't be read.
    pub fn read(&self, most: u64) -> Result<Vec<u8>> {
        let name = self.path.display().to_string();
        let size = self.file.metadata().map_err(|error| unreadable(&self.path, &error))?.len();
        if size > most {
            return Err(limits::over(&name, Limit::Size, size, most));
        }
        whole(&name, &self.file, most)
    }
}

/// Reads a program from wherever it comes, of `most` bytes at most.
///
/// # Errors
/// `Class::Denied` when there are more, `Class::Host` when it can't be read.
pub fn whole(name: &str, from: impl Read, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut from = from.take(most.saturating_add(1));
    let mut read = |bytes: &mut Vec<u8>, part: u64| {
        let read = from.by_ref().take(part).read_to_end(bytes);
        read.map_err(|error| unreadable(name.as_ref(), &error))
    };
    read(&mut bytes, TEXT)?;
    if bytes.len() as u64 == TEXT && !may_be_binary(&bytes) {
        if !is_text(&bytes) {
            detect(name, bytes)?;
        }
        return Err(limits::over(name, Limit::Text, TEXT, TEXT - 1));
    }
    read(&mut bytes, u64::MAX)?;
    match bytes.len() as u64 {
        size if size > most => Err(limits::over(name, Limit::Size, size, most)),
        _ => Ok(bytes),
    }
}

/// Whether bytes begin as a binary program, or as machine code.
fn may_be_binary(bytes: &[u8]) -> bool {
    [b"\0asm", b"\x7fELF"].iter().any(|magic| bytes.starts_with(*magic))
}

/// Reads the whole file at `path`, of `most` bytes at most.
///
/// # Errors
/// As [`Source::open`] and [`Source::read`].
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    Source::open(path)?.read(most)
}

/// A file beside `path` that was probably meant: of the same name but for its ending, or a slip
/// away.
fn near(path: &Path) -> Option<PathBuf> {
    const PROGRAMS: [&str; 5] = ["wasm", "wat", "toml", "wac", "cwasm"];
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;

    let names =
        entries.take(1000).flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_program = |name: &String| {
        let end = Path::new(name).extension().and_then(|end| end.to_str());
        end.is_some_and(|end| PROGRAMS.contains(&end))
    };
    let mut names: Vec<String> = names.filter(is_program).collect();
    // Of several, the one that was built rather than what was made of it.
    names.sort_by_key(|name| {
        (PROGRAMS.iter().position(|end| name.ends_with(&format!(".{end}"))), name.clone())
    });

    let stem = |name: &str| Path::new(name).file_stem().map(|stem| stem.to_owned());
    let ended = names.iter().find(|name| stem(name) == stem(wanted));
    let name = ended
        .map(String::as_str)
        .or_else(|| nearest_of(wanted, names.iter().map(String::as_str)))?;
    Some(path.with_file_name(name)).filter(|path| path.is_file())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Class::Host, format!("cannot read `{}`", path.display())).cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_meant_is_found_beside_its_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("shrink.wasm"), b"").unwrap();
        std::fs::write(dir.path().join("shrink.cwasm"), b"").unwrap();
        std::fs::write(dir.path().join("notes.txt"), b"").unwrap();
        std::fs::create_dir(dir.path().join("folder.wasm")).unwrap();
        let near = |name: &str| near(&dir.path().join(name));
        let shrink = Some(dir.path().join("shrink.wasm"));
        for slip in ["shrink", "shrink.wat", "shrnik.wasm", "shrink.wsm"] {
            assert_eq!(near(slip), shrink, "{slip}");
        }
        for other in ["notes", "folder", "grep.wasm", "shrink.wasm/x", ""] {
            assert_eq!(near(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_read_is_what_was_opened_wherever_the_path_leads_by_then() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("a"), b"the one").unwrap();
        std::fs::write(at("b"), b"the other").unwrap();
        std::os::unix::fs::symlink(at("a"), at("link")).unwrap();
        let source = Source::open(&at("link")).unwrap();
        std::fs::remove_file(at("link")).unwrap();
        std::os::unix::fs::symlink(at("b"), at("link")).unwrap();
        assert_eq!(source.read(100).unwrap(), b"the one");
        std::fs::rename(at("b"), at("a")).unwrap();
        assert_eq!(Source::open(&at("a")).unwrap().read(100).unwrap(), b"the other");
    }
}
