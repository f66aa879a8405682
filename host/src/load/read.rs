//! Reads a program's bytes from a file, with errors that say what is there instead of a program.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::error::{Class, Error, Result};

/// The largest program that is read, in bytes: the binary format itself can't describe a larger
/// section.
const LARGEST: u64 = 4 << 30;

/// Reads the whole file at `path`.
///
/// # Errors
/// `Class::NotFound` when there is no file, `Class::Program` when it's a directory or too large,
/// `Class::Host` when it can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    let mut file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::new(Class::NotFound, format!("there is no program `{shown}`"))
                .cause(&error)
                .hint("give the path of a .wasm or .wat file, or `-` to read one from stdin")
        }
        _ => unreadable(path, &error),
    })?;
    let meta = file.metadata().map_err(|error| unreadable(path, &error))?;
    if meta.is_dir() {
        return Err(Error::new(Class::Program, format!("`{shown}` is a directory, not a program"))
            .hint("name the .wasm file in it; to let a program use the directory, write `--dir` before it"));
    }
    if meta.len() > LARGEST {
        return Err(Error::new(
            Class::Program,
            format!("`{shown}` is too large to be a wasm program"),
        )
        .cause(format!("it has {} bytes; at most {LARGEST} are read", meta.len())));
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize + 1);
    file.by_ref()
        .take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Class::Host, format!("cannot read `{}`", path.display())).cause(error)
}
