//! A program behind an open file: what is written is its input, what is read its output. It runs
//! inside the calls of whoever has the file, so there is no task that nobody waits for.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker, ready};

use bytes::BytesMut;
use rustix::io::Errno;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use crate::stream::failure::Failures;
use crate::stream::handed::{HandedInput, HandedOutput};
use crate::stream::location::Location;
use crate::stream::mount::Opened;
use crate::stream::sink::Sink;
use crate::stream::source::Source;
use crate::stream::wasi02;

/// How much of either direction is under way, in bytes.
const BUFFER: usize = 256 << 10;
/// How many bytes a program may have written that nobody has read, while more is written to it.
/// Over that a write fails.
const AHEAD: usize = 64 << 20;

/// A program's run; the error is a sentence about how it ended.
pub type Run = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// An open file with a program behind it.
pub struct Conversation {
    ours: DuplexStream,
    program: Option<Run>,
    /// Whether the program waits for input, and has read all there is.
    starved: Arc<AtomicBool>,
    /// Whether it asked to go on at once when it last gave us our turn: then it computes, and waits
    /// for nothing.
    busy: bool,
    /// Whether its input is at its end.
    ended: bool,
    /// What the program wrote while it was written to.
    ahead: BytesMut,
    failed: Option<String>,
}

impl Conversation {
    /// Begins one: `start` is given the program's input and output.
    pub fn new(start: impl FnOnce(HandedInput, HandedOutput) -> Run) -> Conversation {
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        let (reader, writer) = tokio::io::split(theirs);
        let starved = Arc::<AtomicBool>::default();
        let reader = Watched { reader, starved: starved.clone() };
        let source = Source::new(Location::STANDARD, Box::pin(reader), Failures::default());
        let sink = Sink::new(Location::STANDARD, Box::pin(writer), Failures::default());
        let program =
            start(HandedInput::new(wasi02::input(source)), HandedOutput::new(wasi02::output(sink)));
        Conversation {
            ours,
            program: Some(program),
            starved,
            busy: false,
            ended: false,
            ahead: BytesMut::new(),
            failed: None,
        }
    }

    /// Lets the program go on. Ready when it has ended.
    fn drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(program) = &mut self.program else { return Poll::Ready(()) };
        let again = Arc::new(Again { asked: AtomicBool::new(false), waker: cx.waker().clone() });
        let polled = program.as_mut().poll(&mut Context::from_waker(&again.clone().into()));
        self.busy = polled.is_pending() && again.asked.load(Ordering::Relaxed);
        let result = ready!(polled);
        // Its ends of the streams go with it.
        self.program = None;
        self.failed = result.err();
        Poll::Ready(())
    }

    /// Puts aside what the program has written, so that it can go on. Ready with whether there was
    /// something.
    fn put_aside(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut chunk = [0; 16 << 10];
        if self.ahead.len() + chunk.len() > AHEAD {
            return Err(Errno::NOSPC.into());
        }
        let mut room = ReadBuf::new(&mut chunk);
        if Pin::new(&mut self.ours).poll_read(cx, &mut room).is_pending()
            || room.filled().is_empty()
        {
            return Ok(false);
        }
        self.ahead.extend_from_slice(room.filled());
        Ok(true)
    }

    fn fault(&mut self) -> io::Result<()> {
        self.failed.take().map_or(Ok(()), |why| Err(io::Error::other(why)))
    }
}

impl Opened for Conversation {}

impl AsyncRead for Conversation {
    /// Reads what the program wrote. Where it waits for more input, and whoever could give it waits
    /// here, its input is at its end.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if room.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if !self.ahead.is_empty() {
            let count = room.remaining().min(self.ahead.len());
            room.put_slice(&self.ahead.split_to(count));
            return Poll::Ready(Ok(()));
        }
        let before = room.filled().len();
        loop {
            if Pin::new(&mut self.ours).poll_read(cx, room).is_ready() {
                let end = room.filled().len() == before;
                return Poll::Ready(if end { self.fault() } else { Ok(()) });
            }
            let ended = self.drive(cx).is_ready();
            if Pin::new(&mut self.ours).poll_read(cx, room).is_ready()
                && room.filled().len() > before
            {
                return Poll::Ready(Ok(()));
            }
            if ended {
                return Poll::Ready(self.fault());
            }
            if self.ended || self.busy || !self.starved.load(Ordering::Relaxed) {
                return Poll::Pending;
            }
            ready!(Pin::new(&mut self.ours).poll_shutdown(cx))?;
            self.ended = true;
        }
    }
}

impl AsyncWrite for Conversation {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.ended || self.program.is_none() {
            return Poll::Ready(Err(Errno::PIPE.into()));
        }
        loop {
            if let Poll::Ready(result) = Pin::new(&mut self.ours).poll_write(cx, bytes) {
                return Poll::Ready(result);
            }
            // No room: the program must read some, and whoever writes can't read meanwhile what
            // that makes of it.
            if self.drive(cx).is_ready() {
                return Poll::Ready(Err(Errno::PIPE.into()));
            }
            if !self.put_aside(cx)? {
                return Pin::new(&mut self.ours).poll_write(cx, bytes);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Ends the program's input, drops what it still writes, and waits for its end.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.ended {
            ready!(Pin::new(&mut self.ours).poll_shutdown(cx))?;
            self.ended = true;
        }
        let mut dropped = [0; 4096];
        loop {
            let ended = self.drive(cx).is_ready();
            let read =
                Pin::new(&mut self.ours).poll_read(cx, &mut ReadBuf::new(&mut dropped)).is_ready();
            if ended {
                return Poll::Ready(self.fault());
            }
            if !read {
                return Poll::Pending;
            }
        }
    }
}

/// Wakes whoever waits for the program, and notes that it was asked to.
struct Again {
    asked: AtomicBool,
    waker: Waker,
}

impl Wake for Again {
    fn wake(self: Arc<Self>) {
        self.asked.store(true, Ordering::Relaxed);
        self.waker.wake_by_ref();
    }
}

/// The program's end, which notes whether it waits.
struct Watched<R> {
    reader: R,
    starved: Arc<AtomicBool>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Watched<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.reader).poll_read(cx, room);
        self.starved.store(result.is_pending(), Ordering::Relaxed);
        result
    }
}
