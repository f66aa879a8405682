//! `random:`: bytes from the system's generator, for ever or so many.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

/// How much is asked for at once, so that a large buffer doesn't hold the thread for long.
const CHUNK: usize = 64 << 10;

struct Random;

/// Random bytes, `length` of them if that is given.
pub(super) fn source(length: Option<u64>) -> Pin<Box<dyn AsyncRead + Send>> {
    Box::pin(Random.take(length.unwrap_or(u64::MAX)))
}

impl AsyncRead for Random {
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
