//! A word that names what a handle is opened to: a path or a URL.

use wasmtime::component::Type;

use crate::stream::{Direction, Failure, Location};
use crate::typed::argument::Argument;
use crate::typed::handle::Handle;

/// A handle to what `word` names.
pub(super) fn open(ty: &Type, handle: Handle, word: &str) -> Result<Argument, String> {
    let borrowed = matches!(ty, Type::Borrow(_));
    let (word, read_only) = match (handle, word.strip_suffix("::ro")) {
        (Handle::Descriptor, Some(path)) => (path, true),
        _ => (word, false),
    };
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
    match (handle, &location) {
        (Handle::Descriptor, Location::Path(_)) => {}
        (Handle::Descriptor, _) => {
            return Err("a descriptor is of a file or a directory: give a path".into());
        }
        (
            Handle::Connection,
            Location::Tcp(_) | Location::Tls(_) | Location::Unix(_) | Location::Path(_),
        ) => {}
        (Handle::Connection, other) => {
            return Err(format!("`{}:` is not a connection", other.scheme()));
        }
        _ => {}
    }
    Ok(Argument::Open { handle, location, read_only, borrowed })
}
