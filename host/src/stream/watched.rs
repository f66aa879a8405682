//! A descriptor that can wait, watched by the executor: no thread waits for it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};

use rustix::event::{PollFd, PollFlags, Timespec};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A file, and the executor's watch over it in one direction.
pub(super) struct Watched {
    watch: AsyncFd<File>,
    interest: Interest,
}

impl Watched {
    /// Has the executor watch a file. Must be called inside the executor.
    ///
    /// # Errors
    /// When the system can't watch it: then it never waits.
    pub(super) fn new(file: File, interest: Interest) -> io::Result<Watched> {
        // SAFETY: a `File` keeps its descriptor open and the same until it's dropped, and is given
        // away to nobody.
        let watch = unsafe { AsyncFd::register_with_interest(file, interest) }?;
        Ok(Watched { watch, interest })
    }

    /// The file.
    pub(super) fn file(&self) -> &File {
        self.watch.get_ref()
    }

    /// Whether it's ready now, of which the system is asked.
    ///
    /// # Errors
    /// `WouldBlock` if it isn't.
    pub(super) fn is_ready(&self) -> io::Result<()> {
        let what = if self.interest.is_readable() { PollFlags::IN } else { PollFlags::OUT };
        let mut watched = [PollFd::from_borrowed_fd(self.file().as_fd(), what)];
        match rustix::event::poll(&mut watched, Some(&Timespec::default()))? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        }
    }

    /// Waits until it's ready.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.is_ready().is_err() {
            if self.poll_told(cx)?.is_pending() {
                return Poll::Pending;
            }
            // A pipe that was once told to be closed is told to be so for ever; another process
            // can open its other end again.
            if self.is_ready().is_err() && self.poll_told(cx)?.is_ready() {
                *self = Watched::new(self.file().try_clone()?, self.interest)?;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// What the executor was last told, which may be of before the last read or write.
    fn poll_told(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut told = match self.interest.is_readable() {
            true => ready!(self.watch.poll_read_ready(cx))?,
            false => ready!(self.watch.poll_write_ready(cx))?,
        };
        told.clear_ready();
        Poll::Ready(Ok(()))
    }
}
