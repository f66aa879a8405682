//! `log:PREFIX`: each line becomes an event for whoever listens.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

use crate::event::{Event, Listener};
use crate::stream::failure::Failure;
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::scheme::{
    AnyWriter, Direction, HostPlace, Opening, Scheme, Target, Text, decoded,
};

/// The scheme.
pub(super) struct Log;

/// What stands before each line.
#[derive(Debug)]
struct Prefix(String);

impl Scheme for Log {
    fn names(&self) -> &'static [&'static str] {
        &["log"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        Ok(Arc::new(Prefix(decoded(url.rest)?)))
    }
}

impl Target for Prefix {
    fn scheme(&self) -> &'static str {
        "log"
    }

    fn size(&self) -> usize {
        self.0.len()
    }

    fn only(&self) -> Option<Direction> {
        Some(Direction::Sink)
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Nothing
    }

    fn sink<'a>(
        &'a self,
        _: bool,
        context: &'a OpenContext,
        _: Authority,
    ) -> Opening<'a, AnyWriter> {
        Box::pin(async move { Ok(sink(&self.0, &context.events)) })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "log:{}", self.0)
    }
}

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
