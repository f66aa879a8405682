//! What a URL scheme is: how its URLs are read, and what is opened there. To add one, write a file
//! with both traits, and its line in `schemes.rs`.

use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_rustls::client::TlsStream;

use crate::stream::failure::{Failure, Kind};
use crate::stream::open_context::{Authority, OpenContext};

/// What is read.
pub(super) type AnyReader = Pin<Box<dyn AsyncRead + Send>>;
/// What is written; shutting it down is what finishes it.
pub(super) type AnyWriter = Pin<Box<dyn AsyncWrite + Send>>;
/// Something that is being opened.
pub(super) type Opening<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Which way bytes flow, seen from the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The guest reads.
    Source,
    /// The guest writes.
    Sink,
}

/// A scheme: how its URLs are read. Reading one opens nothing.
pub(super) trait Scheme: Sync {
    /// Its name, and others for the same with a difference.
    fn names(&self) -> &'static [&'static str];

    /// What a URL names.
    ///
    /// # Errors
    /// What is wrong with the URL.
    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure>;

    /// How a URL is written, if there is a connection at it.
    fn connection(&self) -> Option<&'static str> {
        None
    }
}

/// A URL as it's written.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// The scheme's name, in lower case.
    pub scheme: &'a str,
    /// What follows the colon.
    pub rest: &'a str,
    /// All of it.
    pub whole: &'a str,
}

/// What a URL names. It's shown without credentials.
pub(super) trait Target: fmt::Debug + fmt::Display + Send + Sync {
    /// The name of its scheme.
    fn scheme(&self) -> &'static str;

    /// How many bytes its parts take.
    fn size(&self) -> usize {
        0
    }

    /// The only direction that it has, if it hasn't both.
    fn only(&self) -> Option<Direction> {
        None
    }

    /// Whether there is a connection at it.
    fn connects(&self) -> bool {
        false
    }

    /// Whether a program may name it; else the user alone may.
    fn is_for_programs(&self) -> bool {
        true
    }

    /// Whether something is only known when its writer is finished: it's waited for then.
    fn is_finished_late(&self) -> bool {
        false
    }

    /// What of the host it's at.
    fn host_place(&self) -> HostPlace<'_>;

    /// Opens it to read.
    fn source<'a>(&'a self, _: &'a OpenContext, _: Authority) -> Opening<'a, AnyReader> {
        Box::pin(async { Err(wrong_way(self.scheme(), Direction::Sink)) })
    }

    /// Opens it to write; at its end, if `append` and it has contents that stay.
    fn sink<'a>(
        &'a self,
        _append: bool,
        _: &'a OpenContext,
        _: Authority,
    ) -> Opening<'a, AnyWriter> {
        Box::pin(async { Err(wrong_way(self.scheme(), Direction::Source)) })
    }

    /// Connects to it, if there is a connection at it.
    fn dial<'a>(&'a self, _: &'a OpenContext, _: Authority) -> Opening<'a, Dialled> {
        let why = format!("`{}:` is not a connection", self.scheme());
        Box::pin(async { Err(Failure::new(Kind::BadUrl, why)) })
    }

    /// Listens at it, for a guest.
    fn listen<'a>(&'a self, _: &'a OpenContext) -> Opening<'a, Bound> {
        let why = format!("one can't listen at `{}:`", self.scheme());
        Box::pin(async { Err(Failure::new(Kind::BadUrl, why)) })
    }
}

/// What of the host something is at, for those who keep programs away from the rest of it.
#[derive(Debug, PartialEq, Eq)]
pub enum HostPlace<'a> {
    /// Nothing but what the host makes itself.
    Nothing,
    /// A descriptor that was open before.
    Descriptor,
    /// A path, whatever stands there.
    Path(&'a Path),
    /// A socket in the file system.
    Socket(&'a Path),
    /// These TCP ports of peers.
    Ports(Vec<u16>),
}

/// A connection that was made.
pub(super) enum Dialled {
    Tcp(TcpStream),
    /// With the name of our end.
    Tls(Box<TlsStream<TcpStream>>, String),
    /// With what the guest calls its peer.
    Unix(UnixStream, String),
}

/// A socket that accepts connections.
pub(super) enum Bound {
    Tcp(TcpListener),
    /// With the path that the guest knows it by.
    Unix(UnixListener, std::path::PathBuf),
}

/// Says that there is only one direction.
pub(super) fn wrong_way(scheme: &str, only: Direction) -> Failure {
    let can = match only {
        Direction::Source => "read",
        Direction::Sink => "written",
    };
    Failure::new(Kind::BadUrl, format!("`{scheme}:` can only be {can}"))
}

/// Refuses a URL.
pub(super) fn bad(why: impl Into<String>) -> Failure {
    Failure::new(Kind::BadUrl, why)
}

/// A part of a URL, with its escapes resolved.
pub(super) fn decoded(text: &str) -> Result<String, Failure> {
    let decoded = percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| bad("it isn't UTF-8"))?;
    if decoded.contains('\0') { Err(bad("it holds a NUL byte")) } else { Ok(decoded.into_owned()) }
}

/// `?len=SIZE`, or nothing.
pub(super) fn length(rest: &str) -> Result<Option<u64>, Failure> {
    if rest.is_empty() {
        return Ok(None);
    }
    let size =
        rest.strip_prefix("?len=").ok_or_else(|| bad("only `?len=SIZE` may follow the colon"))?;
    crate::units::size(size).map(Some).map_err(|error| bad(error.to_string()))
}

/// Writes a scheme with the length that was given.
pub(super) fn show_length(
    f: &mut fmt::Formatter<'_>,
    scheme: &str,
    length: Option<u64>,
) -> fmt::Result {
    match length {
        Some(length) => write!(f, "{scheme}:?len={length}"),
        None => write!(f, "{scheme}:"),
    }
}
