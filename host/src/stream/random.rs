//! `random:`: bytes from the system's generator, for ever or so many.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use crate::stream::failure::Failure;
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::scheme::{
    AnyReader, Direction, HostPlace, Opening, Scheme, Target, Text, length, show_length,
};

/// How much is asked for at once, so that a large buffer doesn't hold the thread for long.
const CHUNK: usize = 64 << 10;

/// The scheme.
pub(super) struct Random;

/// Random bytes, for ever or so many.
#[derive(Debug)]
struct Bytes(Option<u64>);

impl Scheme for Random {
    fn names(&self) -> &'static [&'static str] {
        &["random"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        Ok(Arc::new(Bytes(length(url.rest)?)))
    }
}

impl Target for Bytes {
    fn scheme(&self) -> &'static str {
        "random"
    }

    fn only(&self) -> Option<Direction> {
        Some(Direction::Source)
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Nothing
    }

    fn source<'a>(&'a self, _: &'a OpenContext, _: Authority) -> Opening<'a, AnyReader> {
        Box::pin(async move { Ok(source(self.0)) })
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_length(f, "random", self.0)
    }
}

/// The system's generator.
struct Generator;

/// Random bytes, `length` of them if that is given.
pub(super) fn source(length: Option<u64>) -> Pin<Box<dyn AsyncRead + Send>> {
    Box::pin(Generator.take(length.unwrap_or(u64::MAX)))
}

impl AsyncRead for Generator {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = buffer.remaining().min(CHUNK);
        getrandom::fill(buffer.initialize_unfilled_to(count)).map_err(io::Error::other)?;
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}
