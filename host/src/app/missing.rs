//! The files and directories that a manifest names: those that aren't there are told all at once.

use std::path::Path;

use crate::app::spec::GuestSpec;
use crate::error::{Class, Error, Result};

/// Looks for everything that is named for guests.
///
/// # Errors
/// `Class::NotFound`, with all that is missing and whose it is.
pub(super) fn check<'a>(guests: impl Iterator<Item = &'a GuestSpec>) -> Result<()> {
    let mut missing = Vec::new();
    let mut look = |guest: &str, key: &str, path: &Path| {
        if let Err(error) = path.metadata() {
            let what = if key == "dirs" { "directory" } else { "file" };
            let shown = path.display();
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => format!("there is no {what} `{shown}`"),
                _ => format!("the {what} `{shown}` can't be looked at: {error}"),
            };
            missing.push(format!("guest `{guest}`, `{key}`: {why}"));
        }
    };

    for guest in guests {
        look(&guest.name, "source", &guest.source);
        guest.wit.iter().for_each(|wit| look(&guest.name, "wit", wit));
        let directories = guest.grants.directories.iter();
        directories.for_each(|grant| look(&guest.name, "dirs", &grant.host));
        let mounted = guest.mounts.iter().flat_map(|mount| {
            let directories = mount.source.directories().into_iter().map(|(path, _)| path);
            mount.source.files().into_iter().chain(directories)
        });
        mounted.for_each(|path| look(&guest.name, "mounts", path));
    }

    if missing.is_empty() {
        return Ok(());
    }
    let error = Error::new(Class::NotFound, "the manifest names what isn't there");
    Err(missing
        .iter()
        .fold(error, Error::cause)
        .hint("paths in a manifest start at the folder that it lies in"))
}
