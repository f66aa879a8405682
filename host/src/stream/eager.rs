//! The sink of a connection as an `output-stream` that goes on by itself: what the peer doesn't take
//! at once is sent while the guest does something else, as the system would.
//!
//! A program that polls writes and then waits for the answer only; nobody else would send the rest.
//! No more is taken while some is left, so a slow peer holds the guest still.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::task::JoinHandle;
use wasmtime_wasi::p2::{DynOutputStream, OutputStream, Pollable, StreamError, StreamResult};

use crate::stream::lingering::Lingering;
use crate::stream::sink::Sink;
use crate::stream::wasi02::{WRITE, failed};

/// The sink as an `output-stream`. What is left when it's dropped goes to `lingering`.
pub fn output(sink: Sink, lingering: &Lingering) -> DynOutputStream {
    let lingering = lingering.clone();
    Box::new(Eager { sink, lingering, permit: 0, rest: None, outcome: Ok(()) })
}

struct Eager {
    sink: Sink,
    lingering: Lingering,
    /// How much may be written before it's asked again, as in `wasi02`.
    permit: usize,
    /// Sends what was left.
    rest: Option<JoinHandle<io::Result<()>>>,
    /// How that ended, until the guest asks.
    outcome: io::Result<()>,
}

impl Eager {
    /// Waits until nothing is left.
    async fn sent(&mut self) {
        if let Some(rest) = &mut self.rest {
            self.outcome = rest.await.unwrap_or_else(|error| Err(io::Error::other(error)));
            self.rest = None;
        }
    }

    fn told(&mut self) -> StreamResult<usize> {
        std::mem::replace(&mut self.outcome, Ok(())).map_err(failed)?;
        self.permit = WRITE;
        Ok(WRITE)
    }

    fn is_sending(&self) -> bool {
        self.rest.as_ref().is_some_and(|rest| !rest.is_finished())
    }
}

#[async_trait::async_trait]
impl OutputStream for Eager {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let (count, permit) = (bytes.len(), self.permit);
        let Some(left) = permit.checked_sub(count) else {
            // A stream that broke off says so first.
            self.check_write()?;
            return Err(StreamError::Trap(wasmtime::format_err!(
                "it wrote {count} bytes, and `check-write` permitted {permit}"
            )));
        };
        self.permit = left;
        self.sink.take(bytes).map_err(failed)?;
        if self.is_sending() {
            return Ok(());
        }

        match self.sink.poll_drain(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result.map_err(failed),
            Poll::Pending => {
                let sink = self.sink.clone();
                self.rest = Some(tokio::spawn(poll_fn(move |cx| sink.poll_drain(cx))));
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.permit = 0;
        if self.is_sending() {
            return Ok(0);
        }
        // It has finished, so this doesn't wait.
        let sent = std::pin::pin!(self.sent()).poll(&mut Context::from_waker(Waker::noop()));
        match sent {
            Poll::Pending => Ok(0),
            Poll::Ready(()) => self.told(),
        }
    }

    async fn write_ready(&mut self) -> StreamResult<usize> {
        self.sent().await;
        self.told()
    }

    /// Called when the guest drops its handle, which waits for no peer.
    async fn cancel(&mut self) {
        if let Some(rest) = self.rest.take() {
            rest.abort();
            let sink = self.sink.clone();
            let sending = async move {
                // What breaks off is noted by the sink.
                let _ = poll_fn(|cx| sink.poll_drain(cx)).await;
            };
            self.lingering.send(sending).await;
        }
    }
}

#[async_trait::async_trait]
impl Pollable for Eager {
    async fn ready(&mut self) {
        self.sent().await;
    }
}
