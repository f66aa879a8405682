//! Files without offsets: what is opened anew each time, and read and written as a stream.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::account::Accounts;

/// What can stand at a path.
pub trait Mounted: Send + Sync {
    /// Opens it, for reading and writing. What it takes is part of what the run may take that has
    /// these accounts.
    fn open(&self, run: &Accounts) -> Box<dyn Opened>;
}

/// An open file that isn't on a disk. Shutting it down is what closing it means; an error of that
/// is for the user.
pub trait Opened: AsyncRead + AsyncWrite + Send + Unpin {}

/// An open file that several streams share.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Box<dyn Opened>>>);

impl Shared {
    /// An open file, for whoever shares it.
    pub fn new(opened: Box<dyn Opened>) -> Shared {
        Shared(Arc::new(Mutex::new(opened)))
    }

    /// Whether nobody else has it.
    pub fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn Opened>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl AsyncRead for Shared {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_read(cx, room)
    }
}

impl AsyncWrite for Shared {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_shutdown(cx)
    }
}
