//! Watches a connection's bytes: a peer that neither sends nor takes for too long is left, and so is
//! a guest that does nothing with it.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::sleep_until;

/// What is going on at a connection. Clones are the same one's.
#[derive(Clone)]
pub(in crate::serve) struct Quiet(Arc<Mutex<State>>);

struct State {
    last: Instant,
    /// Whether it's the peer that is waited for.
    waits: bool,
    received: u64,
    sent: u64,
}

/// One direction of a connection that is watched.
pub(in crate::serve) struct Watched<T> {
    inner: T,
    quiet: Quiet,
}

impl Quiet {
    pub fn new() -> Quiet {
        let last = Instant::now();
        Quiet(Arc::new(Mutex::new(State { last, waits: true, received: 0, sent: 0 })))
    }

    pub fn watch<T>(&self, inner: T) -> Watched<T> {
        Watched { inner, quiet: self.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// How many bytes came, and how many were taken.
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state();
        (state.received, state.sent)
    }

    /// Waits until the peer has been waited for so long, or the guest for so long.
    pub async fn ended(&self, peer: Duration, guest: Duration) {
        let due = || {
            let state = self.state();
            state.last + if state.waits { peer } else { guest }
        };
        // Who is waited for may change meanwhile, so it's looked at again before the nearer end.
        let next = || due().min(Instant::now() + peer);
        let mut timer = pin!(sleep_until(next().into()));
        poll_fn(|cx| {
            loop {
                // A guest that computes may keep the timers from being looked at.
                if due() <= Instant::now() {
                    return Poll::Ready(());
                }
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                timer.as_mut().reset(next().into());
            }
        })
        .await
    }

    fn note<T>(&self, polled: &Poll<io::Result<T>>, count: impl FnOnce(&mut State, &T)) {
        let mut state = self.state();
        match polled {
            Poll::Pending => state.waits = true,
            Poll::Ready(result) => {
                (state.waits, state.last) = (false, Instant::now());
                if let Ok(value) = result {
                    count(&mut state, value);
                }
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buffer);
        let count = (buffer.filled().len() - before) as u64;
        self.quiet.note(&polled, |state, ()| state.received += count);
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.quiet.note(&polled, |state, count| state.sent += *count as u64);
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
