//! Sources and sinks as the component model's `stream<u8>`. Bytes are read into and written from
//! the guest's own memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::io::ReadBuf;
use tokio::sync::oneshot;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Destination, Source as Readable, StreamConsumer, StreamProducer, StreamReader, StreamResult,
};

use crate::stream::sink::Sink;
use crate::stream::source::Source;

/// How much is read at once where the reader has no buffer of its own to fill (the host itself), in
/// bytes.
const READ: usize = 64 << 10;

/// How a stream between the guest and the host ended.
pub type Ended = oneshot::Receiver<io::Result<()>>;

/// Feeds a `stream<u8>` from a source. `ended` hears how that ended, if anybody listens.
pub struct Producer {
    source: Source,
    ended: Option<oneshot::Sender<io::Result<()>>>,
}

impl Producer {
    /// A producer, and how it will have ended.
    pub fn new(source: Source) -> (Producer, Ended) {
        let (ended, listener) = oneshot::channel();
        (Producer { source, ended: Some(ended) }, listener)
    }

    fn end(&mut self, result: io::Result<()>) -> Poll<wasmtime::Result<StreamResult>> {
        if let Some(ended) = self.ended.take() {
            // Nobody needs to listen.
            let _ = ended.send(result);
        }
        Poll::Ready(Ok(StreamResult::Dropped))
    }
}

impl<D> StreamProducer<D> for Producer {
    type Item = u8;
    type Buffer = BytesMut;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        destination: Destination<'a, u8, BytesMut>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        // A read of no bytes asks whether there are any; the next read finds out as well.
        if destination.remaining(&mut store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let mut direct = destination.as_direct(store, READ);
        let mut room = ReadBuf::new(direct.remaining());
        let result = self.source.poll_read(cx, &mut room);
        let count = room.filled().len();
        match result {
            Poll::Ready(Ok(())) if count > 0 => {
                direct.mark_written(count);
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Ready(result) => self.end(result),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Takes a guest's `stream<u8>` into a sink. Its end is told when the guest closed its side, or
/// when writing broke off.
pub struct Consumer {
    sink: Sink,
    ended: Option<oneshot::Sender<io::Result<()>>>,
}

impl Consumer {
    /// A consumer, and how it will have ended. The sink isn't finished by it.
    pub fn new(sink: Sink) -> (Consumer, Ended) {
        let (ended, listener) = oneshot::channel();
        (Consumer { sink, ended: Some(ended) }, listener)
    }
}

impl<D> StreamConsumer<D> for Consumer {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<D>,
        readable: Readable<u8>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut direct = readable.as_direct(store);
        // A write of no bytes asks whether more would be taken.
        if direct.remaining().is_empty() {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        match self.sink.poll_write(cx, direct.remaining()) {
            Poll::Ready(Ok(count)) => {
                direct.mark_read(count);
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Ready(Err(error)) => {
                if let Some(ended) = self.ended.take() {
                    let _ = ended.send(Err(error));
                }
                Poll::Ready(Ok(StreamResult::Dropped))
            }
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        if let Some(ended) = self.ended.take() {
            let _ = ended.send(Ok(()));
        }
    }
}

/// Feeds a `stream<string>` with a source's lines, without their ends; bytes that aren't UTF-8
/// become U+FFFD.
pub struct Lines {
    source: Source,
    started: Vec<u8>,
    ended: bool,
}

/// The longest line, in bytes; what is longer comes in pieces, so that memory stays bounded.
const LINE: usize = 1 << 20;

impl Lines {
    /// The lines of a source.
    pub fn new(source: Source) -> Lines {
        Lines { source, started: Vec::new(), ended: false }
    }

    /// The next whole line that was read, if there is one.
    fn next(&mut self) -> Option<String> {
        let (line, skip) = match self.started.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end, 1),
            None if self.started.len() >= LINE => (LINE, 0),
            None if self.ended && !self.started.is_empty() => (self.started.len(), 0),
            None => return None,
        };
        let rest = self.started.split_off(line + skip);
        let mut bytes = std::mem::replace(&mut self.started, rest);
        bytes.truncate(line);
        if skip == 1 && bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl<D> StreamProducer<D> for Lines {
    type Item = String;
    type Buffer = Option<String>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, String, Option<String>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(&mut store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        loop {
            if let Some(line) = self.next() {
                destination.set_buffer(Some(line));
                return Poll::Ready(Ok(StreamResult::Completed));
            }
            if self.ended {
                return Poll::Ready(Ok(StreamResult::Dropped));
            }
            let mut buffer = vec![0; READ];
            let mut room = ReadBuf::new(&mut buffer);
            match self.source.poll_read(cx, &mut room) {
                Poll::Ready(Ok(())) if !room.filled().is_empty() => {
                    let read = room.filled().len();
                    self.started.extend_from_slice(&buffer[..read]);
                }
                Poll::Ready(_) => self.ended = true,
                Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// A stream of bytes that a source feeds, for a guest.
///
/// # Errors
/// When the store has no room for another handle, or its engine no concurrency support.
pub fn input<D: 'static>(
    store: StoreContextMut<'_, D>,
    source: Source,
) -> wasmtime::Result<StreamReader<u8>> {
    StreamReader::new(store, Producer::new(source).0)
}
