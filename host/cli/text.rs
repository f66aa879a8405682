//! Files of text that the user names: manifests, compositions, ceilings.

use std::path::Path;

use forebay::error::{Class, Error, Result};
use forebay::load;

/// The longest manifest, composition or ceiling that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// A file's name and text.
///
/// # Errors
/// `Class::NotFound` when it can't be read, `Class::Usage` when it isn't text.
pub fn read(path: &Path) -> Result<(String, String)> {
    let name = path.display().to_string();
    let text = String::from_utf8(load::read(path, LONGEST)?)
        .map_err(|error| Error::new(Class::Usage, format!("`{name}` is no text")).cause(error))?;
    Ok((name, text))
}
