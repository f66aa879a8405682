//! Reading and writing one descriptor of the system, whatever it is, without a thread.
//!
//! Regular files are read and written at once: the system doesn't wait for them in a way that it
//! would tell about. What can wait (pipes, terminals, sockets) is asked for readiness. The
//! non-blocking flag belongs to all processes that share the open file, so it's never set on a
//! descriptor that we were given: a pipe is opened anew for ourselves, a socket is written with a
//! flag for that one call, and else the descriptor is polled before each call.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{FileType, OFlags};
use socket2::SockRef;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

/// How much a pipe that is ready takes without waiting, in bytes (POSIX says at least 512, Linux
/// has 4096).
const PIPE_BUF: usize = 512;

/// An open descriptor.
pub(super) enum Descriptor {
    /// It never waits.
    Direct(File),
    /// It can't be watched, and others use it.
    Shared(Arc<File>),
    /// It's non-blocking, and ours alone.
    Own(AsyncFd<File>),
    /// A socket, which others may share.
    Socket(AsyncFd<File>),
    /// Something else that others may share.
    Polled(AsyncFd<File>),
}

impl Descriptor {
    /// Wraps a descriptor that is used in one direction. Must be called inside the executor.
    pub(super) fn new(file: File, interest: Interest) -> io::Result<Descriptor> {
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
        if matches!(kind, FileType::RegularFile | FileType::BlockDevice) {
            return Ok(Descriptor::Direct(file));
        }
        if kind == FileType::Socket {
            return Ok(Descriptor::Socket(watch(file, interest)?));
        }
        if let Some(own) = reopened(&file, interest)
            && let Ok(own) = watch(own, interest)
        {
            return Ok(Descriptor::Own(own));
        }
        let spare = file.try_clone()?;
        match watch(file, interest) {
            Ok(watched) => Ok(Descriptor::Polled(watched)),
            // What the system can't watch (`/dev/null`) never waits.
            Err(_) => Ok(Descriptor::Direct(spare)),
        }
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Descriptor::Direct(file) => retry(|| (&*file).read(buffer)),
            Descriptor::Shared(file) => retry(|| (&**file).read(buffer)),
            Descriptor::Own(file) => retry(|| file.get_ref().read(buffer)),
            Descriptor::Socket(file) | Descriptor::Polled(file) => {
                is_ready(file.get_ref(), PollFlags::IN)?;
                retry(|| file.get_ref().read(buffer))
            }
        }
    }

    /// Writes some of the bytes, if that can be done without waiting.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Descriptor::Direct(file) => retry(|| (&*file).write(bytes)),
            Descriptor::Shared(file) => retry(|| (&**file).write(bytes)),
            Descriptor::Own(file) => retry(|| file.get_ref().write(bytes)),
            Descriptor::Socket(file) => {
                retry(|| SockRef::from(file.get_ref()).send_with_flags(bytes, libc::MSG_DONTWAIT))
            }
            Descriptor::Polled(file) => {
                is_ready(file.get_ref(), PollFlags::OUT)?;
                // Ready means that this much never waits.
                retry(|| file.get_ref().write(&bytes[..bytes.len().min(PIPE_BUF)]))
            }
        }
    }

    /// Is ready when a read wouldn't wait, of which the system is asked at once.
    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(watched) = self.watched() else { return Poll::Ready(Ok(())) };
        while is_ready(watched.get_ref(), PollFlags::IN).is_err() {
            let mut guard = ready!(watched.poll_read_ready(cx))?;

            // Readiness may be left over from before the last read.
            if is_ready(watched.get_ref(), PollFlags::IN).is_err() {
                guard.clear_ready();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Whether it's a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        match self {
            Descriptor::Direct(file) => rustix::termios::isatty(file),
            Descriptor::Shared(file) => rustix::termios::isatty(file),
            Descriptor::Own(file) | Descriptor::Socket(file) | Descriptor::Polled(file) => {
                rustix::termios::isatty(file.get_ref())
            }
        }
    }

    fn watched(&self) -> Option<&AsyncFd<File>> {
        match self {
            Descriptor::Direct(_) | Descriptor::Shared(_) => None,
            Descriptor::Own(file) | Descriptor::Socket(file) | Descriptor::Polled(file) => {
                Some(file)
            }
        }
    }
}

/// Has the executor watch a file.
fn watch(file: File, interest: Interest) -> io::Result<AsyncFd<File>> {
    // SAFETY: a `File` keeps its descriptor open and the same until it's dropped, and is given away
    // to nobody.
    Ok(unsafe { AsyncFd::register_with_interest(file, interest) }?)
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

fn is_ready(file: &File, what: PollFlags) -> io::Result<()> {
    let mut watched = [PollFd::from_borrowed_fd(file.as_fd(), what)];
    match rustix::event::poll(&mut watched, Some(&rustix::event::Timespec::default()))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}

impl AsyncRead for Descriptor {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self.try_read(buffer.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let Some(watched) = self.watched() else { return Poll::Ready(Err(error)) };
                    let mut guard = ready!(watched.poll_read_ready(cx))?;
                    // Readiness may be left over from before the last read.
                    if is_ready(watched.get_ref(), PollFlags::IN).is_err() {
                        guard.clear_ready();
                    }
                }
                result => {
                    buffer.advance(result?);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncWrite for Descriptor {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let Some(watched) = self.watched() else { return Poll::Ready(Err(error)) };
                    let mut guard = ready!(watched.poll_write_ready(cx))?;
                    if is_ready(watched.get_ref(), PollFlags::OUT).is_err() {
                        guard.clear_ready();
                    }
                }
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
