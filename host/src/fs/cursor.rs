//! An open file as a stream, from an offset on or at its end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::fs::open::Open;
use crate::stream::{Failures, Location, Sink, Source};

/// Where in a file a stream is; `None` is its end, wherever that is by then.
struct Cursor {
    open: Open,
    at: Option<u64>,
}

impl Open {
    /// What is read from `offset` on.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn source(&self, offset: u64) -> io::Result<Source> {
        let (place, failures) = (Location::STANDARD, Failures::default());
        Ok(match self.stream() {
            Some(shared) => Source::new(place, Box::pin(shared.clone()), failures),
            None => {
                self.read_at(0, offset)?;
                let cursor = Cursor { open: self.clone(), at: Some(offset) };
                Source::new(place, Box::pin(cursor), failures)
            }
        })
    }

    /// What is written at `offset` and on, or always at the end.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn sink(&self, offset: Option<u64>) -> io::Result<Sink> {
        let (place, failures) = (Location::STANDARD, Failures::default());
        Ok(match self.stream() {
            Some(shared) => Sink::new(place, Box::pin(shared.clone()), failures),
            None => {
                self.write_at(&[], offset)?;
                let cursor = Cursor { open: self.clone(), at: offset };
                Sink::new(place, Box::pin(cursor), failures)
            }
        })
    }
}

impl AsyncRead for Cursor {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let at = self.at.unwrap_or(0);
        let bytes = self.open.read_at(room.remaining(), at)?;
        room.put_slice(&bytes);
        self.at = Some(at + bytes.len() as u64);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Cursor {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = self.open.write_at(bytes, self.at)?;
        self.at = self.at.map(|at| at.saturating_add(count as u64));
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
