//! A word that names what a handle is opened to: a path or a URL.

use wasmtime::component::Type;

use crate::policy::grants::is_mode;
use crate::quote::shell;
use crate::stream::{Direction, Failure, Location, connections};
use crate::typed::argument::Argument;
use crate::typed::handle::Handle;

/// A handle to what `word` names.
pub(super) fn open(ty: &Type, handle: Handle, word: &str) -> Result<Argument, String> {
    let borrowed = matches!(ty, Type::Borrow(_));
    let (word, read_only) = match (handle, word.strip_suffix("::ro")) {
        (Handle::Descriptor, Some(path)) => (path, true),
        _ => (word, false),
    };
    if handle == Handle::Descriptor {
        check_mode(word)?;
    }
    let location: Location = word.parse().map_err(|failure: Failure| match &failure.hint {
        Some(hint) => format!("{failure} ({hint})"),
        None => failure.to_string(),
    })?;
    let fits = match handle {
        Handle::Input | Handle::Bytes | Handle::Lines => location.check(Direction::Source),
        Handle::Output => location.check(Direction::Sink),
        Handle::Descriptor | Handle::Connection => Ok(()),
    };
    fits.map_err(|failure| failure.to_string())?;
    if handle == Handle::Descriptor && location.as_path().is_none() {
        return Err("a descriptor is of a file or a directory: give a path".into());
    }
    if handle == Handle::Connection && !location.connects() {
        let forms = connections();
        return Err(format!("`{}:` is not a connection; write {forms}", location.scheme()));
    }
    Ok(Argument::Open { handle, location, read_only, borrowed })
}

/// Refuses what looks like a mode, and would be part of a file's name.
fn check_mode(word: &str) -> Result<(), String> {
    let Some((path, mode)) = word.rsplit_once(':').filter(|(_, mode)| is_mode(mode)) else {
        return Ok(());
    };
    let path = path.trim_end_matches(':');
    let read_only = mode.to_ascii_lowercase().contains("ro");
    let right = if read_only { format!("{path}::ro") } else { path.to_owned() };
    Err(format!("`{mode}` is no mode here; write `{}`", shell(&right)))
}

#[cfg(test)]
mod tests {
    use super::check_mode;

    #[test]
    fn what_looks_like_a_mode_is_refused_with_the_right_spelling() {
        for (word, right) in
            [("d::RO", "d::ro"), ("d:ro", "d::ro"), ("d::rw", "d"), ("d:ro,z", "d::ro")]
        {
            let told = check_mode(word).unwrap_err();
            assert!(told.ends_with(&format!("write `{right}`")), "{told}");
        }
        for word in ["d", "ro", "a:b", "./x:rot"] {
            assert_eq!(check_mode(word), Ok(()));
        }
    }
}
