//! Files of text that the user names: manifests, compositions, ceilings.

use std::path::Path;

use forebay::error::{Class, Error, Result};
use forebay::load;

/// The longest manifest, composition or ceiling that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// A file's name and text.
///
/// # Errors
/// `Class::NotFound` when it can't be read, `Class::Usage` when it isn't text or too long.
pub fn read(path: &Path) -> Result<(String, String)> {
    let name = path.display().to_string();
    let bytes = load::read(path, LONGEST).map_err(|error| match error.class() {
        Class::Denied => Error::new(Class::Usage, format!("`{name}` is longer than 1 MiB"))
            .hint("is it the right file? it should be a manifest, a composition or a ceiling"),
        _ => error,
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Error::new(Class::Usage, format!("`{name}` is no text")).cause(error))?;
    Ok((name, text))
}
