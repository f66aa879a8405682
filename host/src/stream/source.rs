//! An open source of bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use crate::account::Charge;
use crate::error::Result;
use crate::stream::failure::{Failure, Failures, Kind};
use crate::stream::location::Location;

/// How much is read at once of what is read whole, in bytes.
const PIECE: usize = 64 << 10;

/// Bytes to read, and where they come from. Dropping it closes it.
pub struct Source {
    location: Location,
    reader: Pin<Box<dyn AsyncRead + Send>>,
    failures: Failures,
    /// What it takes of a guest's account.
    _held: Option<Charge>,
}

impl Source {
    /// A source over any reader. What breaks off is noted in `failures` with `location`.
    pub fn new(
        location: Location,
        reader: Pin<Box<dyn AsyncRead + Send>>,
        failures: Failures,
    ) -> Self {
        Source { location, reader, failures, _held: None }
    }

    /// The same source, which takes something of a guest's account until it's dropped.
    pub(crate) fn holding(self, charge: Option<Charge>) -> Self {
        Source { _held: charge, ..self }
    }

    /// Where it reads from.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Reads into `buffer`, as much as there is; 0 bytes added to a buffer with room is the end.
    ///
    /// # Errors
    /// When reading broke off, which is noted.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = ready!(self.reader.as_mut().poll_read(cx, buffer));
        if let Err(error) = &result {
            self.failures.note("read", &self.location, error);
        }
        Poll::Ready(result)
    }

    /// Reads to the end, at most `most` bytes; gives them to `take` a piece at a time.
    ///
    /// # Errors
    /// When reading broke off or there is more.
    pub async fn read_to_end(mut self, most: usize, mut take: impl FnMut(&[u8])) -> Result<()> {
        use tokio::io::AsyncReadExt;
        let mut piece = vec![0; PIECE];
        let mut left = most;
        loop {
            let read = self.reader.read(&mut piece).await;
            let count =
                read.map_err(|error| Failure::from(error).into_error("read", &self.location))?;
            if count == 0 {
                return Ok(());
            }

            left = left.checked_sub(count).ok_or_else(|| {
                Failure::new(Kind::Other, format!("it holds more than {most} bytes"))
                    .hint("a `list<u8>` is held in memory whole; a program that takes a stream has no such limit")
                    .into_error("read", &self.location)
            })?;
            take(&piece[..count]);
        }
    }
}
