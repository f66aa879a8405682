//! `log:PREFIX`: each line becomes an event for whoever listens.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

use crate::event::{Event, Listener};

/// How long a line may be, in bytes, before it's cut into several.
const MOST: usize = 16 << 10;

struct Lines {
    prefix: String,
    listener: Listener,
    started: Vec<u8>,
}

/// Emits each line that is written, with `prefix`.
pub(super) fn sink(prefix: &str, listener: &Listener) -> Pin<Box<dyn AsyncWrite + Send>> {
    Box::pin(Lines { prefix: prefix.to_owned(), listener: listener.clone(), started: Vec::new() })
}

impl Lines {
    fn emit(&mut self) {
        let line = String::from_utf8_lossy(&self.started).into_owned();
        self.started.clear();
        self.listener.emit(Event::Logged { prefix: self.prefix.clone(), line });
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        for byte in bytes {
            match byte {
                b'\n' => self.emit(),
                byte => self.started.push(*byte),
            }
            if self.started.len() >= MOST {
                self.emit();
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.started.is_empty() {
            self.emit();
        }
    }
}
