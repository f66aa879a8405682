//! A reply's body that is made of a file's bytes, read as the client takes them.
//!
//! What the system has in memory is read at once; what is on the disk, on a thread that may wait.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use rustix::io::{Errno, ReadWriteFlags, preadv2};
use tokio::task::JoinHandle;

use crate::serve::files::range::Span;

/// How much is read at once, in bytes.
const PIECE: u64 = 64 << 10;

/// Texts, and parts of a file.
#[derive(Debug, Default)]
pub struct FileBody {
    file: Option<Arc<File>>,
    parts: VecDeque<Part>,
    /// A read on a thread that may wait.
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

#[derive(Debug)]
enum Part {
    Text(Bytes),
    Span(Span),
}

impl FileBody {
    pub(super) fn empty() -> FileBody {
        FileBody::default()
    }

    pub(super) fn new(file: File) -> FileBody {
        FileBody { file: Some(Arc::new(file)), ..FileBody::default() }
    }

    /// The same, with a part of the file at the end.
    pub(super) fn span(mut self, span: Span) -> FileBody {
        if span.length() > 0 {
            self.parts.push_back(Part::Span(span));
        }
        self
    }

    /// The same, with a text at the end.
    pub(super) fn text(mut self, text: String) -> FileBody {
        self.parts.push_back(Part::Text(text.into()));
        self
    }

    /// This part of its file alone.
    pub(super) fn only(self, span: Span) -> FileBody {
        FileBody { parts: VecDeque::new(), ..self }.span(span)
    }

    /// How many bytes are left.
    pub fn length(&self) -> u64 {
        let length = |part: &Part| match part {
            Part::Text(text) => text.len() as u64,
            Part::Span(span) => span.length(),
        };
        self.parts.iter().map(length).sum()
    }

    /// The next bytes of a part of the file.
    fn poll_read(&mut self, cx: &mut Context<'_>, span: Span) -> Poll<io::Result<Bytes>> {
        let Some(file) = &self.file else { return Poll::Ready(Err(ended())) };
        let length = usize::try_from(span.length().min(PIECE)).unwrap_or(usize::MAX);
        if self.reading.is_none() {
            match at_once(file, span.start, length) {
                Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {}
                result => return Poll::Ready(result.map_err(io::Error::from)),
            }
        }

        let (file, start) = (file.clone(), span.start);
        let reading = self.reading.get_or_insert_with(|| {
            tokio::task::spawn_blocking(move || {
                let mut bytes = vec![0; length];
                let count = file.read_at(&mut bytes, start)?;
                bytes.truncate(count);
                Ok(bytes.into())
            })
        });
        let result = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        Poll::Ready(result.unwrap_or_else(|error| Err(io::Error::other(error))))
    }
}

/// What the system has in memory.
fn at_once(file: &File, start: u64, length: usize) -> rustix::io::Result<Bytes> {
    let mut bytes = vec![0; length];
    let mut room = [IoSliceMut::new(&mut bytes)];
    let count = preadv2(file, &mut room, start, ReadWriteFlags::NOWAIT)?;
    bytes.truncate(count);
    Ok(bytes.into())
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter")
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(part) = self.parts.pop_front() else { return Poll::Ready(None) };
        let Part::Span(mut span) = part else {
            let Part::Text(text) = part else { return Poll::Ready(None) };
            return Poll::Ready(Some(Ok(Frame::data(text))));
        };

        let read = self.poll_read(cx, span);
        let Poll::Ready(Ok(bytes)) = &read else {
            self.parts.push_front(Part::Span(span));
            return read.map(|result| Some(result.map(Frame::data)));
        };
        if bytes.is_empty() {
            return Poll::Ready(Some(Err(ended())));
        }
        span.start += bytes.len() as u64;
        if span.length() > 0 {
            self.parts.push_front(Part::Span(span));
        }
        read.map(|result| Some(result.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length())
    }
}
