//! `unix:`: a connection through a socket in the file system.

use std::path::Path;

use tokio::net::{UnixListener, UnixStream};

use crate::stream::failure::Failure;
use crate::stream::tcp::patiently;

/// Connects.
pub(super) async fn dial(path: &Path) -> Result<UnixStream, Failure> {
    patiently(UnixStream::connect(path)).await
}

/// Listens; the socket file must not be there yet.
pub(super) fn listen(path: &Path) -> Result<UnixListener, Failure> {
    Ok(UnixListener::bind(path)?)
}
