//! `unix:`: a connection through a socket in the file system.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::OFlags;
use tokio::net::{UnixListener, UnixStream};

use crate::stream::failure::Failure;
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::place::{Place, by_handle};
use crate::stream::scheme::{
    Bound, Dialled, HostPlace, Opening, Scheme, Target, Text, bad, decoded,
};
use crate::stream::tcp::patiently;

/// The scheme.
pub(super) struct Unix;

/// A socket's path.
#[derive(Debug)]
pub(super) struct Socket(pub PathBuf);

impl Scheme for Unix {
    fn names(&self) -> &'static [&'static str] {
        &["unix"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        match decoded(url.rest.strip_prefix("//").unwrap_or(url.rest))? {
            path if path.is_empty() => Err(bad("it names no socket; write `unix:/run/x.sock`")),
            path => Ok(Arc::new(Socket(path.into()))),
        }
    }

    fn connection(&self) -> Option<&'static str> {
        Some("unix:PATH")
    }
}

impl Target for Socket {
    fn scheme(&self) -> &'static str {
        "unix"
    }

    fn size(&self) -> usize {
        self.0.as_os_str().len()
    }

    fn connects(&self) -> bool {
        true
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Socket(&self.0)
    }

    fn dial<'a>(&'a self, context: &'a OpenContext, authority: Authority) -> Opening<'a, Dialled> {
        Box::pin(async move {
            let stream = dial(&context.place(&self.0, true, authority)?).await?;
            // Where a socket is on the host is nothing to a guest that was only handed it.
            let peer = match authority {
                Authority::Guest => format!("unix:{}", self.0.display()),
                Authority::User => "unix:".to_owned(),
            };
            Ok(Dialled::Unix(stream, peer))
        })
    }

    fn listen<'a>(&'a self, context: &'a OpenContext) -> Opening<'a, Bound> {
        Box::pin(async move {
            let socket = listen(&context.place(&self.0, true, Authority::Guest)?)?;
            Ok(Bound::Unix(socket, self.0.clone()))
        })
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unix:{}", self.0.display())
    }
}

/// Connects. A socket beneath a granted directory is opened first, and then named by that handle:
/// nothing can be put in its place in between.
async fn dial(place: &Place) -> Result<UnixStream, Failure> {
    match place {
        Place::Anywhere(path) => patiently(UnixStream::connect(path)).await,
        Place::Beneath(_) => {
            let socket = place.open(OFlags::PATH)?;
            patiently(UnixStream::connect(by_handle(&socket, None))).await
        }
    }
}

/// Listens; the socket file must not be there yet, nor a link.
fn listen(place: &Place) -> Result<UnixListener, Failure> {
    let (folder, name) = place.folder()?;
    Ok(UnixListener::bind(by_handle(&folder, Some(&name)))?)
}
