//! Standard output and error as a guest writes to them: one system call for each of its writes,
//! unless the descriptor would wait. Then the guest does, and not the thread, so that a limit can
//! end it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes, BytesMut};
use rustix::fd::BorrowedFd;
use tokio::io::{AsyncWrite, Interest};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::policy::{Missed, Said};
use crate::stream::descriptor::Descriptor;
use crate::stream::failure::copy;
use crate::stream::stdio::{Capture, Hangup, Output, ReaderGone};

/// How many bytes a guest may write in one call.
const WRITE: usize = 1 << 20;

/// One of the process's output descriptors, a file, or memory. Clones share what isn't written yet.
#[derive(Clone)]
pub(crate) struct Writer {
    state: Arc<Mutex<State>>,
    hangup: Option<Hangup>,
}

struct State {
    /// Who listens to what is written.
    heard: Option<Arc<Missed>>,
    target: Target,
    /// What was taken but couldn't be written yet.
    pending: Bytes,
    /// What went wrong while nobody was there to be told.
    failed: Option<io::Error>,
    /// Who waits for it; the descriptor itself wakes only the last one.
    waiting: Vec<Waker>,
}

enum Target {
    Unopened(Output, BorrowedFd<'static>),
    Descriptor(Descriptor),
    Memory(Capture),
    Silenced(Said),
}

impl Writer {
    /// Standard output, which tells `hangup` when its reader has gone.
    pub(crate) fn stdout(output: &Output, hangup: &Hangup) -> Option<Writer> {
        Self::new(output, rustix::stdio::stdout(), Some(hangup.clone()))
    }

    /// Standard error.
    pub(crate) fn stderr(output: &Output) -> Option<Writer> {
        Self::new(output, rustix::stdio::stderr(), None)
    }

    /// A standard error that leads nowhere, but for its last lines.
    pub(crate) fn silenced(said: &Said) -> Writer {
        Self::to(Target::Silenced(said.clone()), None)
    }

    fn new(
        output: &Output,
        descriptor: BorrowedFd<'static>,
        hangup: Option<Hangup>,
    ) -> Option<Writer> {
        let target = match output {
            Output::Inherit | Output::File(_) => Target::Unopened(output.clone(), descriptor),
            Output::Capture(capture) => Target::Memory(capture.clone()),
            Output::Nothing | Output::Handed(_) => return None,
        };
        Some(Self::to(target, hangup))
    }

    fn to(target: Target, hangup: Option<Hangup>) -> Writer {
        let (pending, failed, waiting) = (Bytes::new(), None, Vec::new());
        let state = State { heard: None, target, pending, failed, waiting };
        Writer { state: Arc::new(Mutex::new(state)), hangup }
    }

    /// The same writer, with somebody who listens to what is written.
    pub(crate) fn heard_by(self, heard: &Arc<Missed>) -> Writer {
        self.lock().heard = Some(heard.clone());
        self
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Waits until everything that was taken is written. Where the reader has gone it waits for the
    /// end of the run, which was told.
    pub(crate) async fn drain(&self) {
        let drained = poll_fn(|cx| self.lock().poll_drain(cx)).await;
        if drained.is_err_and(|error| self.is_hangup(&error)) {
            std::future::pending().await
        }
    }

    /// Writes text chosen by a guest; on a terminal, control characters in it are shown and not
    /// obeyed.
    ///
    /// # Errors
    /// The system's.
    pub(crate) async fn write_all_text(&self, text: &[u8]) -> io::Result<()> {
        let escaped;
        let mut bytes = text;
        if self.is_terminal() {
            let plain = |c: char| {
                if c.is_control() && !matches!(c, '\n' | '\t') {
                    c.escape_unicode().to_string()
                } else {
                    c.to_string()
                }
            };
            escaped = String::from_utf8_lossy(text).chars().map(plain).collect::<String>();
            bytes = escaped.as_bytes();
        }

        while !bytes.is_empty() {
            let count = poll_fn(|cx| self.lock().poll_write(cx, bytes)).await?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Whether an error means that the run is over because nobody reads any more; then the run is
    /// told.
    fn is_hangup(&self, error: &io::Error) -> bool {
        match &self.hangup {
            Some(hangup) if error.kind() == io::ErrorKind::BrokenPipe => {
                hangup.tell();
                true
            }
            _ => false,
        }
    }

    /// What a guest of WASI 0.2 learns of an error.
    fn told(&self, error: io::Error) -> StreamError {
        if self.is_hangup(&error) {
            StreamError::Trap(ReaderGone.into())
        } else {
            StreamError::LastOperationFailed(error.into())
        }
    }
}

impl State {
    /// Opens the descriptor for ourselves: when it's first written to, inside the executor.
    fn open(&mut self) -> io::Result<&mut Target> {
        if let Target::Unopened(output, descriptor) = &self.target {
            let own = match output {
                Output::File(file) => file.try_clone()?,
                _ => rustix::io::fcntl_dupfd_cloexec(*descriptor, 3)?.into(),
            };
            self.target = Target::Descriptor(Descriptor::new(own, Interest::WRITABLE)?);
        }
        Ok(&mut self.target)
    }

    /// Writes some of the bytes, if that can be done without waiting.
    fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match self.open()? {
            Target::Descriptor(descriptor) => descriptor.try_write(bytes)?,
            Target::Memory(capture) => capture.take(bytes)?,
            Target::Silenced(said) => {
                said.hear(bytes);
                bytes.len()
            }
            Target::Unopened(..) => unreachable!("it was just opened"),
        };
        self.hear(&bytes[..count]);
        Ok(count)
    }

    /// Has whoever listens hear what was written.
    fn hear(&self, bytes: &[u8]) {
        if let Some(heard) = &self.heard {
            heard.hear(bytes);
        }
    }

    /// Writes what is pending, as far as that can be done without waiting; whether it's all written.
    fn drain_now(&mut self) -> io::Result<bool> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }

        while !self.pending.is_empty() {
            let pending = self.pending.clone();
            match self.write_now(&pending) {
                Ok(count) => self.pending.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => {
                    self.pending.clear();
                    return Err(error);
                }
            }
        }
        Ok(true)
    }

    /// Writes some of the bytes, once all that was taken before is written.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_drain(cx))?;
        let result = match self.write_now(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let Target::Descriptor(descriptor) = &mut self.target else {
                    return Poll::Ready(Err(error));
                };
                let result = Pin::new(descriptor).poll_write(cx, bytes);
                if let Poll::Ready(Ok(count)) = &result {
                    self.hear(&bytes[..*count]);
                }
                result
            }
            result => Poll::Ready(result),
        };
        self.note(cx, result.is_pending());
        result
    }

    /// Waits until everything that was taken is written.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.drain_now()? {
            return Poll::Ready(Ok(()));
        }

        while !self.pending.is_empty() {
            let Target::Descriptor(descriptor) = &mut self.target else { break };
            let result = Pin::new(descriptor).poll_write(cx, &self.pending);
            self.note(cx, result.is_pending());
            match ready!(result) {
                Ok(count) => {
                    let written = self.pending.split_to(count);
                    self.hear(&written);
                }
                Err(error) => {
                    self.pending.clear();
                    return Poll::Ready(Err(error));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Notes who waits; who got on wakes the others.
    fn note(&mut self, cx: &Context<'_>, waits: bool) {
        if !waits {
            self.waiting.drain(..).for_each(Waker::wake);
        } else if !self.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.waiting.push(cx.waker().clone());
        }
    }
}

#[async_trait::async_trait]
impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut state = self.lock();
        let drained = state.drain_now();
        if let Err(error) = drained {
            drop(state);
            return Err(self.told(error));
        }
        if state.pending.len().saturating_add(bytes.len()) > 2 * WRITE {
            return Err(StreamError::trap("a stream was written to that isn't ready"));
        }

        state.pending = if state.pending.is_empty() {
            bytes
        } else {
            let mut all = BytesMut::from(&state.pending[..]);
            all.extend_from_slice(&bytes);
            all.freeze()
        };
        let written = state.drain_now();
        drop(state);
        written.map(drop).map_err(|error| self.told(error))
    }

    fn flush(&mut self) -> StreamResult<()> {
        let drained = self.lock().drain_now();
        drained.map(drop).map_err(|error| self.told(error))
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let drained = self.lock().drain_now();
        match drained {
            Ok(true) => Ok(WRITE),
            Ok(false) => Ok(0),
            Err(error) => Err(self.told(error)),
        }
    }

    /// wasmtime's own gives up after ten wakings without result, with a trap.
    async fn write_ready(&mut self) -> StreamResult<usize> {
        let drained = poll_fn(|cx| self.lock().poll_drain(cx)).await;
        drained.map(|()| WRITE).map_err(|error| self.told(error))
    }

    async fn blocking_write_and_flush(&mut self, mut bytes: Bytes) -> StreamResult<()> {
        while !bytes.is_empty() {
            let written = poll_fn(|cx| self.lock().poll_write(cx, &bytes)).await;
            bytes.advance(written.map_err(|error| self.told(error))?);
        }
        self.write_ready().await.map(drop)
    }
}

#[async_trait::async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {
        poll_fn(|cx| {
            let mut state = self.lock();
            let drained = ready!(state.poll_drain(cx));
            // The guest's next call says so.
            state.failed = drained.err().map(|error| copy(&error));
            Poll::Ready(())
        })
        .await
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(self.lock().poll_write(cx, bytes));
        match written {
            // The run ends before this is polled again.
            Err(error) if self.is_hangup(&error) => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let drained = ready!(self.lock().poll_drain(cx));
        match drained {
            Err(error) if self.is_hangup(&error) => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl IsTerminal for Writer {
    fn is_terminal(&self) -> bool {
        match &self.lock().target {
            Target::Unopened(Output::Inherit, descriptor) => rustix::termios::isatty(descriptor),
            Target::Descriptor(descriptor) => descriptor.is_terminal(),
            Target::Unopened(..) | Target::Memory(_) | Target::Silenced(_) => false,
        }
    }
}

impl StdoutStream for Writer {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}
