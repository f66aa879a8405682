//! The files and directories that a manifest or a mount names: of a manifest's, those that aren't there
//! are told all at once.

use std::path::Path;

use forebay::error::{Class, Error, Result};
use forebay::graph::Manifest;

/// Looks for everything that a manifest names.
///
/// # Errors
/// `Class::NotFound`, with all that is missing and whose it is.
pub fn check(name: &str, manifest: &Manifest) -> Result<()> {
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

    for (guest, entry) in &manifest.guests {
        look(guest, "source", &entry.source);
        entry.wit.iter().for_each(|wit| look(guest, "wit", wit));
        entry.grants.directories.iter().for_each(|grant| look(guest, "dirs", &grant.host));
        let files = entry.mounts.iter().filter_map(|text| mount(text).ok());
        files.for_each(|(_, file)| look(guest, "mounts", file.as_ref()));
    }

    if missing.is_empty() {
        return Ok(());
    }
    let error = Error::new(Class::NotFound, format!("`{name}` names what isn't there"));
    Err(missing
        .iter()
        .fold(error, Error::cause)
        .hint("paths in a manifest start at the folder that it lies in"))
}

/// The path and the file of `PATH=component:FILE`.
///
/// # Errors
/// `Class::Usage` for anything else.
pub fn mount(text: &str) -> Result<(&str, &str)> {
    let wrong = |why: String| {
        Error::new(Class::Usage, format!("`{text}` says no mount"))
            .cause(why)
            .hint("write `PATH=component:FILE`, e.g. `/svc/upper=component:upper.wasm`")
    };
    let (path, what) = text.split_once('=').ok_or_else(|| wrong("it has no `=`".to_owned()))?;
    match what.split_once(':') {
        Some(("component", file)) if !file.is_empty() => Ok((path, file)),
        Some((scheme, _)) => Err(wrong(format!("`{scheme}:` can't be mounted"))),
        None => Err(wrong(format!("`{what}` doesn't say what it is"))),
    }
}
