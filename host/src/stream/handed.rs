//! Streams of WASI 0.2 that one guest handed to another as its standard input or output. A program
//! may ask for its standard streams any number of times, so what it gets are shares of one stream.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Mutex;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};

/// The most that is read at once by a program of WASI 0.3, in bytes.
const READ: usize = 64 << 10;

/// An `input-stream` that was handed over. Clones read the same stream.
#[derive(Clone)]
pub struct HandedInput(Arc<Mutex<DynInputStream>>);

/// An `output-stream` that was handed over. Clones write the same stream.
#[derive(Clone)]
pub struct HandedOutput(Arc<Mutex<DynOutputStream>>);

impl std::fmt::Debug for HandedInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HandedInput")
    }
}

impl std::fmt::Debug for HandedOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HandedOutput")
    }
}

impl HandedInput {
    /// Shares `stream`.
    pub fn new(stream: DynInputStream) -> Self {
        HandedInput(Arc::new(Mutex::new(stream)))
    }

    pub(super) fn reader(&self) -> impl AsyncRead + Send + Sync + use<> {
        Reader { stream: self.clone(), ahead: Bytes::new(), reading: None }
    }
}

impl HandedOutput {
    /// Shares `stream`.
    pub fn new(stream: DynOutputStream) -> Self {
        HandedOutput(Arc::new(Mutex::new(stream)))
    }

    /// Waits until everything that was written has been taken.
    ///
    /// # Errors
    /// When writing it failed; a stream that nobody reads any more is at its end.
    pub async fn finish(&self) -> StreamResult<()> {
        let mut stream = self.0.lock().await;
        match stream.flush() {
            Ok(()) => stream.write_ready().await.map(|_| ()),
            Err(error) => Err(error),
        }
        .or_else(|error| if matches!(error, StreamError::Closed) { Ok(()) } else { Err(error) })
    }

    pub(super) fn writer(&self) -> impl AsyncWrite + Send + Sync + use<> {
        Writer { stream: self.clone(), writing: None }
    }
}

#[async_trait::async_trait]
impl InputStream for HandedInput {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        // Another share that waits has it: then nothing is ready for this one.
        self.0.try_lock().map_or(Ok(Bytes::new()), |mut stream| stream.read(size))
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.0.lock().await.blocking_read(size).await
    }
}

#[async_trait::async_trait]
impl Pollable for HandedInput {
    async fn ready(&mut self) {
        self.0.lock().await.ready().await
    }
}

#[async_trait::async_trait]
impl OutputStream for HandedOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        match self.0.try_lock() {
            Ok(mut stream) => stream.write(bytes),
            Err(_) => Err(StreamError::trap("a stream was written to that isn't ready")),
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.0.try_lock().map_or(Ok(()), |mut stream| stream.flush())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.0.try_lock().map_or(Ok(0), |mut stream| stream.check_write())
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.lock().await.blocking_write_and_flush(bytes).await
    }
}

#[async_trait::async_trait]
impl Pollable for HandedOutput {
    async fn ready(&mut self) {
        self.0.lock().await.ready().await
    }
}

type Waiting<T> = std::sync::Mutex<Pin<Box<dyn Future<Output = StreamResult<T>> + Send>>>;

struct Reader {
    stream: HandedInput,
    /// What was read and had no room.
    ahead: Bytes,
    reading: Option<Waiting<Bytes>>,
}

struct Writer {
    stream: HandedOutput,
    /// What is being written, and how long that is.
    writing: Option<(usize, Waiting<()>)>,
}

fn poll<T>(waiting: &mut Waiting<T>, cx: &mut Context<'_>) -> Poll<StreamResult<T>> {
    waiting.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()).as_mut().poll(cx)
}

fn told(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => io::ErrorKind::BrokenPipe.into(),
        StreamError::LastOperationFailed(error) | StreamError::Trap(error) => {
            match error.downcast::<io::Error>() {
                Ok(error) => error,
                Err(error) => io::Error::other(error.to_string()),
            }
        }
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let stream = self.stream.clone();
            let reading = self.reading.get_or_insert_with(|| {
                std::sync::Mutex::new(Box::pin(async move {
                    stream.0.lock().await.blocking_read(READ).await
                }))
            });
            let read = ready!(poll(reading, cx));
            self.reading = None;
            match read {
                Ok(bytes) => self.ahead = bytes,
                Err(StreamError::Closed) => return Poll::Ready(Ok(())),
                Err(error) => return Poll::Ready(Err(told(error))),
            }
        }
        let count = room.remaining().min(self.ahead.len());
        room.put_slice(&self.ahead.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream = self.stream.clone();
        let (length, writing) = self.writing.get_or_insert_with(|| {
            let copy = Bytes::copy_from_slice(bytes);
            let write = async move { stream.0.lock().await.blocking_write_and_flush(copy).await };
            (bytes.len(), std::sync::Mutex::new(Box::pin(write)))
        });
        let (length, written) = (*length, ready!(poll(writing, cx)));
        self.writing = None;
        Poll::Ready(written.map(|()| length).map_err(told))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Each write waits until it has been taken.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
