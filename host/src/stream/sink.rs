//! An open sink of bytes.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

use crate::account::Charge;
use crate::error::Result;
use crate::stream::failure::{Failure, Failures, copy};
use crate::stream::location::Location;

/// A place for bytes. Clones share it: the guest writes through one, and the host finishes the
/// other when the guest has ended well. Dropping all without finishing abandons what was written,
/// where the place can: a file doesn't appear.
#[derive(Clone)]
pub struct Sink(Arc<Inner>);

struct Inner {
    location: Location,
    failures: Failures,
    state: Mutex<State>,
    /// What it takes of a guest's account.
    _held: Option<Charge>,
}

struct State {
    writer: Pin<Box<dyn AsyncWrite + Send>>,
    /// What was taken but couldn't be written yet.
    pending: Bytes,
    failed: Option<io::Error>,
    finished: bool,
    /// Whether the last attempt to write found no room.
    waiting: bool,
}

impl Sink {
    /// A sink over any writer; shutting the writer down is what finishes it. What breaks off is
    /// noted in `failures`.
    pub fn new(
        location: Location,
        writer: Pin<Box<dyn AsyncWrite + Send>>,
        failures: Failures,
    ) -> Self {
        Sink::holding((location, writer, failures), None)
    }

    /// [`new`](Sink::new), which takes something of a guest's account until the last is dropped.
    pub(crate) fn holding(
        (location, writer, failures): (Location, Pin<Box<dyn AsyncWrite + Send>>, Failures),
        charge: Option<Charge>,
    ) -> Self {
        let state =
            State { writer, pending: Bytes::new(), failed: None, finished: false, waiting: false };
        Sink(Arc::new(Inner { location, failures, state: Mutex::new(state), _held: charge }))
    }

    /// Where it writes to.
    pub fn location(&self) -> &Location {
        &self.0.location
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Writes some of `bytes`, once all that was taken before is written.
    ///
    /// # Errors
    /// When writing broke off, now or earlier; noted once.
    pub fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        ready!(self.drain(&mut state, cx))?;
        let result = state.writer.as_mut().poll_write(cx, bytes);
        state.waiting = result.is_pending();
        let result = ready!(result);
        Poll::Ready(self.noted(&mut state, result))
    }

    /// Whether it's the place that is slow, and not whoever writes to it.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state().waiting
    }

    /// Takes all of `bytes`, writes what can be written without waiting, and keeps the rest.
    ///
    /// # Errors
    /// As [`poll_write`](Sink::poll_write).
    pub fn take(&self, bytes: Bytes) -> io::Result<()> {
        let mut state = self.state();
        let mut cx = Context::from_waker(Waker::noop());
        // The common case: nothing is left over, and all can be written.
        if !state.pending.is_empty() {
            let mut all = Vec::with_capacity(state.pending.len() + bytes.len());
            all.extend_from_slice(&state.pending);
            all.extend_from_slice(&bytes);
            state.pending = all.into();
        } else {
            state.pending = bytes;
        }
        match self.drain(&mut state, &mut cx) {
            Poll::Ready(result) => result,
            Poll::Pending => Ok(()),
        }
    }

    /// Waits until all that was taken is written.
    ///
    /// # Errors
    /// As [`poll_write`](Sink::poll_write).
    pub fn poll_drain(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.drain(&mut self.state(), cx)
    }

    fn drain(&self, state: &mut State, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = &state.failed {
            return Poll::Ready(Err(copy(error)));
        }
        if state.finished {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        while !state.pending.is_empty() {
            let State { writer, pending, .. } = &mut *state;
            let result = writer.as_mut().poll_write(cx, pending);
            state.waiting = result.is_pending();
            let result = ready!(result).and_then(|count| {
                if count == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(count) }
            });
            let count = self.noted(state, result)?;
            state.pending.advance(count);
        }
        Poll::Ready(Ok(()))
    }

    fn noted<T>(&self, state: &mut State, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            state.failed = Some(copy(error));
            state.pending = Bytes::new();
            self.0.failures.note("write", &self.0.location, error);
        }
        result
    }

    /// Writes what is left, and ends it well: a file is put in place, a peer sees the end, a
    /// server's answer is read. Once.
    ///
    /// # Errors
    /// When writing broke off, now or earlier.
    pub async fn finish(&self) -> Result<()> {
        let failed = |error: io::Error| Failure::from(error).into_error("write", &self.0.location);
        poll_fn(|cx| self.poll_finish(cx)).await.map_err(failed)
    }

    /// [`finish`](Sink::finish), polled.
    ///
    /// # Errors
    /// As there.
    pub fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        if state.finished {
            return Poll::Ready(Ok(()));
        }
        ready!(self.drain(&mut state, cx))?;
        let result = ready!(state.writer.as_mut().poll_shutdown(cx));
        if result.is_ok() {
            state.finished = true;
        }
        Poll::Ready(self.noted(&mut state, result))
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// When writing broke off.
    pub async fn write_all(&self, mut bytes: &[u8]) -> Result<()> {
        let failed = |error: io::Error| Failure::from(error).into_error("write", &self.0.location);
        while !bytes.is_empty() {
            let count = poll_fn(|cx| self.poll_write(cx, bytes)).await.map_err(failed)?;
            bytes = &bytes[count..];
        }
        Ok(())
    }
}
