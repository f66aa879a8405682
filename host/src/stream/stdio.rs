//! A guest's standard streams: the process's own, none, or memory.
//!
//! The process's own input is asked of the system, and read as far as the guest asks ([`Exact`]).
//! When the reader of standard output has gone (EPIPE), the program is ended quietly, as SIGPIPE
//! would end a native one: see [`Hangup`].

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::sync::Notify;
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, SinkOutputStream};
use wasmtime_wasi::p2::{InputStream, OutputStream};

use crate::stream::descriptor::Descriptor;
use crate::stream::exact::Exact;
use crate::stream::failure::Failures;
use crate::stream::fd;
use crate::stream::handed::{HandedInput, HandedOutput};
use crate::stream::location::Location;
use crate::stream::source::Source;
use crate::stream::wasi02;

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
    /// A file, a pipe or a socket.
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

    /// Keeps some of the bytes.
    pub(super) fn take(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.bytes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let room = self.most.saturating_sub(kept.len()).min(bytes.len());
        if room == 0 && !bytes.is_empty() {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        kept.extend_from_slice(&bytes[..room]);
        Ok(room)
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
    /// Tells it.
    pub(super) fn tell(&self) {
        self.0.notify_one();
    }

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
                wasi02::input(Source::new(Location::STANDARD, reader, Failures::default()))
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
