//! A request's body as a stream that a guest reads, and a stream that it writes as the body of the
//! answer.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi_http::{Error, WasiBody};

/// The most that is written at once, in bytes.
const CHUNK: usize = 64 << 10;
/// How many chunks wait to be sent.
const WAITING: usize = 4;

/// A body that is read as a stream.
pub(super) struct BodyInput {
    body: WasiBody,
    ahead: Bytes,
    end: Option<Result<(), String>>,
}

impl BodyInput {
    pub fn new(body: WasiBody) -> BodyInput {
        BodyInput { body, ahead: Bytes::new(), end: None }
    }
}

#[async_trait::async_trait]
impl Pollable for BodyInput {
    async fn ready(&mut self) {
        while self.ahead.is_empty() && self.end.is_none() {
            match self.body.frame().await {
                Some(Ok(frame)) => self.ahead = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => self.end = Some(Err(error.to_string())),
                None => self.end = Some(Ok(())),
            }
        }
    }
}

impl InputStream for BodyInput {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if !self.ahead.is_empty() {
            return Ok(self.ahead.split_to(size.min(self.ahead.len())));
        }
        match &mut self.end {
            None => Ok(Bytes::new()),
            Some(Ok(())) => Err(StreamError::Closed),
            Some(Err(why)) => {
                let error = wasmtime::Error::msg(why.clone());
                self.end = Some(Ok(()));
                Err(StreamError::LastOperationFailed(error))
            }
        }
    }
}

/// A stream whose bytes become a body.
pub(in crate::serve) struct BodyOutput(Sender<Bytes>);

/// The body that is written.
pub(in crate::serve) struct Written {
    first: Option<Bytes>,
    rest: Receiver<Bytes>,
}

/// A stream, and the body that is written to it.
pub(in crate::serve) fn output() -> (BodyOutput, Written) {
    let (sender, rest) = channel(WAITING);
    (BodyOutput(sender), Written { first: None, rest })
}

#[async_trait::async_trait]
impl Pollable for BodyOutput {
    async fn ready(&mut self) {
        // Whoever is told that there is room writes before anybody else can.
        let _ = self.0.reserve().await;
    }
}

impl OutputStream for BodyOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.len() > CHUNK {
            return Err(StreamError::trap("it wrote more than it may at once"));
        }
        match self.0.try_send(bytes) {
            Ok(()) => Ok(()),
            Err(_) if self.0.is_closed() => Err(StreamError::Closed),
            Err(_) => Err(StreamError::trap("it wrote more than there was room for")),
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        if self.0.is_closed() { Err(StreamError::Closed) } else { Ok(()) }
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        if self.0.is_closed() {
            return Err(StreamError::Closed);
        }
        Ok(if self.0.capacity() > 0 { CHUNK } else { 0 })
    }
}

impl Written {
    /// Waits until something was written, or nothing will be.
    pub async fn begun(&mut self) {
        if self.first.is_none() {
            self.first = self.rest.recv().await;
        }
    }
}

impl Body for Written {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.rest.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
