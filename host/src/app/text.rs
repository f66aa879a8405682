//! Files of text that the user names: manifests, compositions, ceilings.

use std::path::Path;

use crate::error::{Class, Error, Result};
use crate::load;

/// The longest manifest, composition or ceiling that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// A text that was read from a file.
pub(super) struct Text<'a> {
    /// The file's name, for messages.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// Where the paths in it start.
    pub folder: &'a Path,
}

/// Reads a file.
///
/// # Errors
/// `Class::NotFound` when it can't be read, `Class::Usage` when it isn't text or too long.
pub(super) fn read(path: &Path) -> Result<Text<'_>> {
    let name = path.display().to_string();
    let bytes = load::read(path, LONGEST).map_err(|error| match error.class() {
        Class::Denied => Error::new(Class::Usage, format!("`{name}` is longer than 1 MiB"))
            .hint("is it the right file? it should be a manifest, a composition or a ceiling"),
        _ => error,
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Error::new(Class::Usage, format!("`{name}` is no text")).cause(error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(Text { name, text, folder })
}
