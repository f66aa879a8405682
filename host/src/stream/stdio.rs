//! A guest's standard streams: the process's own, none, or memory.
//!
//! The process's own input is asked of the system, and read as far as the guest asks ([`Exact`]).
//! Output goes straight to the descriptor, one `write` for each of the guest's. When the reader of
//! standard output has gone (EPIPE), the program is ended quietly, as SIGPIPE would end a native
//! one: see [`Hangup`].

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use rustix::fd::BorrowedFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::sync::Notify;
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, SinkOutputStream};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use crate::policy::Missed;
use crate::stream::descriptor::Descriptor;
use crate::stream::exact::Exact;
use crate::stream::failure::Failures;
use crate::stream::fd;
use crate::stream::handed::{HandedInput, HandedOutput};
use crate::stream::location::Location;
use crate::stream::source::Source;
use crate::stream::wasi02;

/// How many bytes a guest may write in one call.
const WRITE: usize = 1 << 20;

/// Where a guest's standard input comes from.
#[derive(Clone, Debug, Default)]
pub enum Input {
    /// The process's own.
    Inherit,
    /// At its end from the start.
    #[default]
    Nothing,
    /// These bytes.
    Bytes(Bytes),
    /// A file, a pipe or a socket.
    File(Arc<File>),
    /// A stream that another guest handed over.
    Handed(HandedInput),
}

/// Where a guest's standard output or error goes.
#[derive(Clone, Debug, Default)]
pub enum Output {
    /// The process's own.
    Inherit,
    /// Nowhere: writes succeed and are forgotten.
    #[default]
    Nothing,
    /// Memory.
    Capture(Capture),
    /// A file, a pipe or a socket. Writing waits on the thread.
    File(Arc<File>),
    /// A stream that another guest handed over.
    Handed(HandedOutput),
}

/// A guest's three standard streams. The default is none.
#[derive(Clone, Debug, Default)]
pub struct Stdio {
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
}

impl Stdio {
    /// All three of the process.
    pub fn inherit() -> Self {
        Stdio { stdin: Input::Inherit, stdout: Output::Inherit, stderr: Output::Inherit }
    }

    /// No input, and output that is dropped.
    pub fn nothing() -> Self {
        Stdio { stdin: Input::Nothing, stdout: Output::Nothing, stderr: Output::Nothing }
    }
}

/// Output kept in memory, up to a bound; what goes over it fails at the guest with `ENOSPC`. Clones
/// share it.
#[derive(Clone, Debug)]
pub struct Capture {
    bytes: Arc<Mutex<Vec<u8>>>,
    most: usize,
}

impl Capture {
    /// Keeps at most `most` bytes.
    pub fn new(most: usize) -> Self {
        Capture { bytes: Arc::default(), most }
    }

    /// What was written so far.
    pub fn contents(&self) -> Vec<u8> {
        self.bytes.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

/// Tells the run that the reader of standard output has gone.
#[derive(Clone, Debug, Default)]
pub struct Hangup(Arc<Notify>);

impl Hangup {
    /// Waits until it happens.
    pub async fn happened(&self) {
        self.0.notified().await
    }
}

/// The error that ends a guest whose reader has gone.
#[derive(Debug)]
pub struct ReaderGone;

impl std::fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the reader of standard output has gone")
    }
}

impl std::error::Error for ReaderGone {}

impl StdinStream for Input {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        match self {
            Input::Inherit => Box::new(Exact::new(fd::standard_input())),
            Input::Nothing => Box::new(tokio::io::empty()),
            Input::Bytes(bytes) => MemoryInputPipe::new(bytes.clone()).async_stream(),
            Input::File(file) => Box::new(descriptor(file)),
            Input::Handed(stream) => Box::new(stream.reader()),
        }
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        match self {
            Input::Inherit => Box::new(Exact::new(fd::standard_input())),
            Input::Nothing => MemoryInputPipe::new(Bytes::new()).p2_stream(),
            Input::Bytes(bytes) => MemoryInputPipe::new(bytes.clone()).p2_stream(),
            Input::File(file) => {
                let reader = Box::pin(descriptor(file));
                wasi02::input(Source::new(Location::Standard, reader, Failures::default()))
            }
            Input::Handed(stream) => Box::new(stream.clone()),
        }
    }
}

impl IsTerminal for Input {
    fn is_terminal(&self) -> bool {
        matches!(self, Input::Inherit) && io::IsTerminal::is_terminal(&io::stdin())
    }
}

/// A file as something to read. One that can't be watched is read as if it never waits, which is
/// right for all but its speed.
pub(super) fn descriptor(file: &Arc<File>) -> Descriptor {
    let own = file.try_clone().and_then(|own| Descriptor::new(own, Interest::READABLE));
    own.unwrap_or_else(|_| Descriptor::Shared(file.clone()))
}

/// One of the process's output descriptors, or memory, as a guest writes to it.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    target: Target,
    hangup: Option<Hangup>,
    /// Who listens to what is written.
    heard: Option<Arc<Missed>>,
}

#[derive(Clone, Debug)]
enum Target {
    Descriptor(BorrowedFd<'static>),
    Memory(Capture),
    File(Arc<File>),
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

    fn new(
        output: &Output,
        descriptor: BorrowedFd<'static>,
        hangup: Option<Hangup>,
    ) -> Option<Writer> {
        let target = match output {
            Output::Inherit => Target::Descriptor(descriptor),
            Output::Nothing => return None,
            Output::Capture(capture) => Target::Memory(capture.clone()),
            Output::File(file) => Target::File(file.clone()),
            Output::Handed(_) => return None,
        };
        Some(Writer { target, hangup, heard: None })
    }

    /// The same writer, with somebody who listens to what is written.
    pub(crate) fn heard_by(self, heard: &Arc<Missed>) -> Writer {
        Writer { heard: Some(heard.clone()), ..self }
    }

    fn write_some(&self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(heard) = &self.heard {
            heard.hear(bytes);
        }
        match &self.target {
            Target::Descriptor(descriptor) => write_to(*descriptor, bytes),
            Target::File(file) => write_to(file.as_fd(), bytes),
            Target::Memory(capture) => {
                let mut kept =
                    capture.bytes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                let room = capture.most.saturating_sub(kept.len()).min(bytes.len());
                if room == 0 && !bytes.is_empty() {
                    return Err(io::Error::from(io::ErrorKind::StorageFull));
                }
                kept.extend_from_slice(&bytes[..room]);
                Ok(room)
            }
        }
    }

    /// Writes text chosen by a guest; on a terminal, control characters in it are shown and not
    /// obeyed.
    pub(crate) fn write_all_text(&self, text: &[u8]) -> io::Result<()> {
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
            let count = self.write_some(bytes)?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Whether an error means that the run is over because nobody reads any more; then the run is
    /// told.
    fn is_hangup(&self, error: &io::Error) -> bool {
        match &self.hangup {
            Some(hangup) if error.kind() == io::ErrorKind::BrokenPipe => {
                hangup.0.notify_one();
                true
            }
            _ => false,
        }
    }
}

/// Writes some of the bytes.
fn write_to(descriptor: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match rustix::io::write(descriptor, bytes) {
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => wait_writable(&descriptor)?,
            result => return result.map_err(io::Error::from),
        }
    }
}

/// Waits for a descriptor that another process made non-blocking.
fn wait_writable(descriptor: &BorrowedFd<'_>) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    match poll(&mut [PollFd::new(descriptor, PollFlags::OUT)], None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl OutputStream for Writer {
    fn write(&mut self, mut bytes: Bytes) -> StreamResult<()> {
        while !bytes.is_empty() {
            match self.write_some(&bytes) {
                Ok(count) => drop(bytes.split_to(count)),
                Err(error) if self.is_hangup(&error) => {
                    return Err(StreamError::Trap(ReaderGone.into()));
                }
                Err(error) => return Err(StreamError::LastOperationFailed(error.into())),
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE)
    }
}

#[async_trait::async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Writer {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.write_some(bytes) {
            // The run ends before this is polled again.
            Err(error) if self.is_hangup(&error) => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for Writer {
    fn is_terminal(&self) -> bool {
        match &self.target {
            Target::Descriptor(descriptor) => rustix::termios::isatty(descriptor),
            Target::Memory(_) | Target::File(_) => false,
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

impl IsTerminal for HandedOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for HandedOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.writer())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

/// Output that goes nowhere.
pub(crate) struct Discard;

impl IsTerminal for Discard {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Discard {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(SinkOutputStream)
    }
}
