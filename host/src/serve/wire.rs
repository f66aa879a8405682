//! A connection's bytes: some may have been read already, and what comes and goes is noted.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::serve::activity::Activity;
use crate::serve::framing::Framing;

/// A connection of any transport.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Transport for S {}

/// A connection whose activity is noted.
pub(super) struct Wire<S> {
    inner: S,
    /// What was read before.
    ahead: Bytes,
    activity: Activity,
    /// Follows requests, where they come as lines.
    framing: Option<Framing>,
}

impl<S> Wire<S> {
    /// A connection, of which `ahead` was read before; its requests come as lines unless it has
    /// `streams`.
    pub fn new(inner: S, ahead: Bytes, activity: Activity, streams: bool) -> Wire<S> {
        let mut wire = Wire { inner, ahead, activity, framing: None };
        if !streams {
            wire.framing = Some(Framing::new());
            let ahead = wire.ahead.clone();
            wire.follow(&ahead);
        }
        wire
    }

    fn follow(&mut self, bytes: &[u8]) {
        let Some(framing) = &mut self.framing else { return };
        if let Some(head) = framing.follow(bytes) {
            self.activity.spoil(head);
            // What follows is not served.
            self.framing = None;
        }
    }

    fn note<T>(&self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.activity.sent(polled.is_pending());
        polled
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(buffer.remaining());
            buffer.put_slice(&self.ahead[..count]);
            self.ahead.advance(count);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
            self.follow(&buffer.filled()[before..]);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.note(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(cx, parts);
        self.note(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
