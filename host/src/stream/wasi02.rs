//! Sources and sinks as WASI 0.2's `input-stream` and `output-stream`.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use tokio::io::ReadBuf;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};

use crate::stream::lingering::Lingering;
use crate::stream::sink::Sink;
use crate::stream::source::Source;

/// The most that is read at once, in bytes: what wasmtime-wasi lets a guest ask for.
const READ: usize = 64 << 10;
/// How many bytes a guest may write in one call.
pub(super) const WRITE: usize = 1 << 20;

/// The source as an `input-stream`.
pub fn input(source: Source) -> DynInputStream {
    Box::new(Input { source, ahead: Bytes::new(), failed: None, ended: false })
}

/// The sink as an `output-stream`.
pub fn output(sink: Sink) -> DynOutputStream {
    Box::new(Output { sink, permit: 0 })
}

/// The sink as an `output-stream` of which the guest alone decides: it's finished when the guest
/// drops it. Only a file or a server's answer is waited for then; what a peer doesn't take goes to
/// `lingering`.
pub fn finished_when_dropped(sink: Sink, lingering: &Lingering) -> DynOutputStream {
    let waits = sink.location().is_finished_late();
    let lingering = (!waits).then(|| lingering.clone());
    Box::new(Own { output: Output { sink, permit: 0 }, lingering })
}

struct Input {
    source: Source,
    /// What was read to find out whether something can be read.
    ahead: Bytes,
    /// What that found, if it was a failure.
    failed: Option<StreamError>,
    ended: bool,
}

impl Input {
    fn poll_fill(&mut self, cx: &mut Context<'_>, size: usize) -> Poll<StreamResult<Bytes>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        if self.ended {
            return Poll::Ready(Err(StreamError::Closed));
        }
        // A new buffer each time: the guest's copy is made from it as it is, without another one
        // between.
        let mut buffer = vec![0; size.clamp(1, READ)];
        let mut room = ReadBuf::new(&mut buffer);
        let result = ready!(self.source.poll_read(cx, &mut room));
        let count = room.filled().len();
        self.ended = count == 0;
        Poll::Ready(match result {
            Err(error) => {
                self.ended = true;
                Err(StreamError::LastOperationFailed(error.into()))
            }
            Ok(()) if count == 0 => Err(StreamError::Closed),
            Ok(()) => {
                buffer.truncate(count);
                Ok(buffer.into())
            }
        })
    }
}

#[async_trait::async_trait]
impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        if !self.ahead.is_empty() {
            return Ok(self.ahead.split_to(size.min(self.ahead.len())));
        }
        match self.poll_fill(&mut Context::from_waker(Waker::noop()), size) {
            Poll::Ready(result) => result,
            Poll::Pending => Ok(Bytes::new()),
        }
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 || !self.ahead.is_empty() {
            self.ready().await;
            return self.read(size);
        }
        poll_fn(|cx| self.poll_fill(cx, size)).await
    }
}

#[async_trait::async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        if self.ahead.is_empty() && !self.ended {
            match poll_fn(|cx| self.poll_fill(cx, READ)).await {
                Ok(bytes) => self.ahead = bytes,
                // The guest's next read says so.
                Err(StreamError::Closed) => {}
                Err(error) => self.failed = Some(error),
            }
        }
    }
}

struct Output {
    sink: Sink,
    /// How much may be written before it's asked again. Without that a guest could have us keep
    /// all that a slow peer doesn't take.
    permit: usize,
}

pub(super) fn failed(error: std::io::Error) -> StreamError {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        StreamError::Closed
    } else {
        StreamError::LastOperationFailed(error.into())
    }
}

#[async_trait::async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let (count, permit) = (bytes.len(), self.permit);
        let Some(rest) = permit.checked_sub(count) else {
            // A stream that broke off says so first.
            self.check_write()?;
            return Err(StreamError::Trap(wasmtime::format_err!(
                "it wrote {count} bytes, and `check-write` permitted {permit}"
            )));
        };
        self.permit = rest;
        self.sink.take(bytes).map_err(failed)
    }

    fn flush(&mut self) -> StreamResult<()> {
        match self.sink.poll_drain(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(error)) => Err(failed(error)),
            _ => Ok(()),
        }
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.permit = match self.sink.poll_drain(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => WRITE,
            Poll::Ready(Err(error)) => return Err(failed(error)),
            Poll::Pending => 0,
        };
        Ok(self.permit)
    }

    /// wasmtime's own gives up after ten wakings without result, with a trap.
    async fn write_ready(&mut self) -> StreamResult<usize> {
        poll_fn(|cx| self.sink.poll_drain(cx)).await.map_err(failed)?;
        self.permit = WRITE;
        Ok(WRITE)
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {
        // The guest learns of a failure from its next call.
        let _ = poll_fn(|cx| self.sink.poll_drain(cx)).await;
    }
}

/// An output that nobody but the guest writes to.
struct Own {
    output: Output,
    /// Where it goes on sending when it's dropped; `None` if that is waited for.
    lingering: Option<Lingering>,
}

#[async_trait::async_trait]
impl OutputStream for Own {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.output.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.output.check_write()
    }

    async fn write_ready(&mut self) -> StreamResult<usize> {
        self.output.write_ready().await
    }

    /// Called when the guest drops its handle. What goes wrong now is noted, and shown to the user.
    async fn cancel(&mut self) {
        let sink = self.output.sink.clone();
        let ending = async move {
            let _ = poll_fn(|cx| sink.poll_finish(cx)).await;
        };
        match &self.lingering {
            Some(lingering) => lingering.send(ending).await,
            None => ending.await,
        }
    }
}

#[async_trait::async_trait]
impl Pollable for Own {
    async fn ready(&mut self) {
        self.output.ready().await;
    }
}
