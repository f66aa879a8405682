//! `unix:`: a connection through a socket in the file system.

use rustix::fs::OFlags;
use tokio::net::{UnixListener, UnixStream};

use crate::stream::failure::Failure;
use crate::stream::place::{Place, by_handle};
use crate::stream::tcp::patiently;

/// Connects. A socket beneath a granted directory is opened first, and then named by that handle:
/// nothing can be put in its place in between.
pub(super) async fn dial(place: &Place) -> Result<UnixStream, Failure> {
    match place {
        Place::Anywhere(path) => patiently(UnixStream::connect(path)).await,
        Place::Beneath(_) => {
            let socket = place.open(OFlags::PATH)?;
            patiently(UnixStream::connect(by_handle(&socket, None))).await
        }
    }
}

/// Listens; the socket file must not be there yet, nor a link.
pub(super) fn listen(place: &Place) -> Result<UnixListener, Failure> {
    let (folder, name) = place.folder()?;
    Ok(UnixListener::bind(by_handle(&folder, Some(&name)))?)
}
