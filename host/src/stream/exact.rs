//! A descriptor that others share, as an `input-stream`: no byte is read that the guest didn't ask
//! for.
//!
//! Whether there is something to read is asked of the system, at once. So a poll that doesn't wait
//! is right the first time, and what the guest leaves is there for the next process.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};

use crate::stream::descriptor::Descriptor;

/// The most that is read at once, in bytes.
const READ: usize = 64 << 10;

/// The descriptor, or why there is none, which each read says.
pub(super) struct Exact(io::Result<Descriptor>);

impl Exact {
    /// Over what was opened, or failed to be.
    pub(super) fn new(opened: io::Result<Descriptor>) -> Exact {
        Exact(opened)
    }

    fn descriptor(&mut self) -> io::Result<&mut Descriptor> {
        match &mut self.0 {
            Ok(descriptor) => Ok(descriptor),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>, size: usize) -> Poll<StreamResult<Bytes>> {
        let mut buffer = vec![0; size.clamp(1, READ)];
        let mut room = ReadBuf::new(&mut buffer);
        let result = ready!(Pin::new(self).poll_read(cx, &mut room));
        let count = room.filled().len();

        Poll::Ready(match result {
            Err(error) => Err(StreamError::LastOperationFailed(error.into())),
            // A terminal may have more after its end, so the next read asks again.
            Ok(()) if count == 0 => Err(StreamError::Closed),
            Ok(()) => {
                buffer.truncate(count);
                Ok(buffer.into())
            }
        })
    }
}

impl AsyncRead for Exact {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(self.descriptor()?).poll_read(cx, buffer)
    }
}

#[async_trait::async_trait]
impl InputStream for Exact {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        match self.poll_bytes(&mut Context::from_waker(Waker::noop()), size) {
            Poll::Ready(result) => result,
            Poll::Pending => Ok(Bytes::new()),
        }
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            self.ready().await;
            return Ok(Bytes::new());
        }
        poll_fn(|cx| self.poll_bytes(cx, size)).await
    }
}

#[async_trait::async_trait]
impl Pollable for Exact {
    async fn ready(&mut self) {
        if let Ok(descriptor) = &mut self.0 {
            // The guest learns of a failure from its next read.
            let _ = poll_fn(|cx| descriptor.poll_ready(cx)).await;
        }
    }
}
