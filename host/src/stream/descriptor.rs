//! Reading and writing one descriptor of the system, whatever it is, without a thread.
//!
//! Regular files are read and written at once: the system doesn't wait for them in a way that it
//! would tell about. What can wait (pipes, terminals, sockets) is asked for readiness. The
//! non-blocking flag belongs to all processes that share the open file, so it's never set on a
//! descriptor that we were given: a pipe is opened anew for ourselves, a socket is written with a
//! flag for that one call, and else the descriptor is polled before each call.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustix::fs::{FileType, OFlags};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

use crate::stream::watched::Watched;

/// How much a pipe that is ready takes without waiting, in bytes (POSIX says at least 512, Linux
/// has 4096).
const PIPE_BUF: usize = 512;

/// How often in a row what the system says to be ready is tried.
const TRIES: usize = 4;

/// An open descriptor.
pub(super) enum Descriptor {
    /// It never waits.
    Direct(File),
    /// It can't be watched, and others use it.
    Shared(Arc<File>),
    /// It's non-blocking, and ours alone.
    Own(Watched),
    /// The same, and nobody may have opened its other end yet: it isn't at its end before somebody
    /// has.
    First(Watched),
    /// A socket, which others may share.
    Socket(Watched),
    /// Something else that others may share.
    Polled(Watched),
}

impl Descriptor {
    /// Wraps a descriptor that is used in one direction. Must be called inside the executor.
    pub(super) fn new(file: File, interest: Interest) -> io::Result<Descriptor> {
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
        if matches!(kind, FileType::RegularFile | FileType::BlockDevice) {
            return Ok(Descriptor::Direct(file));
        }
        if kind == FileType::Socket {
            return Ok(Descriptor::Socket(Watched::new(file, interest)?));
        }
        if let Some(own) = reopened(&file, interest)
            && let Ok(own) = Watched::new(own, interest)
        {
            return Ok(Descriptor::Own(own));
        }
        watched(file, interest, Descriptor::Polled)
    }

    /// Wraps a file that was opened non-blocking by us, for nobody else.
    pub(super) fn of_own(file: File, interest: Interest) -> io::Result<Descriptor> {
        match FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) {
            FileType::RegularFile | FileType::BlockDevice => Ok(Descriptor::Direct(file)),
            _ => watched(file, interest, Descriptor::First),
        }
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Descriptor::Direct(file) => retry(|| (&*file).read(buffer)),
            Descriptor::Shared(file) => retry(|| (&**file).read(buffer)),
            Descriptor::Own(own) => retry(|| own.file().read(buffer)),
            Descriptor::First(other) | Descriptor::Socket(other) | Descriptor::Polled(other) => {
                other.is_ready()?;
                retry(|| other.file().read(buffer))
            }
        }
    }

    /// Writes some of the bytes, if that can be done without waiting.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Descriptor::Direct(file) => retry(|| (&*file).write(bytes)),
            Descriptor::Shared(file) => retry(|| (&**file).write(bytes)),
            Descriptor::Own(own) | Descriptor::First(own) => retry(|| own.file().write(bytes)),
            Descriptor::Socket(socket) => {
                retry(|| SockRef::from(socket.file()).send_with_flags(bytes, libc::MSG_DONTWAIT))
            }
            Descriptor::Polled(other) => {
                other.is_ready()?;
                // Ready means that this much never waits.
                retry(|| other.file().write(&bytes[..bytes.len().min(PIPE_BUF)]))
            }
        }
    }

    /// Is ready when a read or write wouldn't wait, of which the system is asked at once.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Descriptor::Direct(_) | Descriptor::Shared(_) => Poll::Ready(Ok(())),
            Descriptor::Own(watched)
            | Descriptor::First(watched)
            | Descriptor::Socket(watched)
            | Descriptor::Polled(watched) => watched.poll_ready(cx),
        }
    }

    /// Whether it's a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        match self {
            Descriptor::Direct(file) => rustix::termios::isatty(file),
            Descriptor::Shared(file) => rustix::termios::isatty(file),
            Descriptor::Own(watched)
            | Descriptor::First(watched)
            | Descriptor::Socket(watched)
            | Descriptor::Polled(watched) => rustix::termios::isatty(watched.file()),
        }
    }

    /// Whether the system tells when it's ready.
    fn is_watched(&self) -> bool {
        !matches!(self, Descriptor::Direct(_) | Descriptor::Shared(_))
    }
}

/// A file that the executor watches. What the system can't watch (`/dev/null`) never waits.
fn watched(
    file: File,
    interest: Interest,
    kind: fn(Watched) -> Descriptor,
) -> io::Result<Descriptor> {
    let spare = file.try_clone()?;
    Ok(Watched::new(file, interest).map_or_else(|_| Descriptor::Direct(spare), kind))
}

/// The same pipe or device opened once more, non-blocking; `None` where the system can't.
fn reopened(file: &File, interest: Interest) -> Option<File> {
    let direction = if interest == Interest::READABLE { OFlags::RDONLY } else { OFlags::WRONLY };
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let flags = direction | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    rustix::fs::open(path, flags, rustix::fs::Mode::empty()).ok().map(File::from)
}

fn retry<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl AsyncRead for Descriptor {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        for _ in 0..TRIES {
            match self.try_read(buffer.initialize_unfilled()) {
                Err(error) if is_early(&error) && self.is_watched() => ready!(self.poll_ready(cx))?,
                result => {
                    buffer.advance(result?);
                    return Poll::Ready(Ok(()));
                }
            }
        }
        later(cx)
    }
}

impl AsyncWrite for Descriptor {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        for _ in 0..TRIES {
            match self.try_write(bytes) {
                Err(error) if is_early(&error) && self.is_watched() => ready!(self.poll_ready(cx))?,
                result => return Poll::Ready(result),
            }
        }
        later(cx)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Lets others have their turn: what was ready isn't any more, again and again.
fn later<T>(cx: &mut Context<'_>) -> Poll<T> {
    cx.waker().wake_by_ref();
    Poll::Pending
}

fn is_early(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
