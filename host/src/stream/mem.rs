//! `mem:NAME`: memory that all who name it in one run share. A sink starts it anew; a source reads
//! what is there so far.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::stream::failure::{Failure, Kind};

/// How many bytes one name holds at most.
const MOST: usize = 256 << 20;
/// How many names there are at most.
const NAMES: usize = 1024;

type Bytes = Arc<Mutex<Vec<u8>>>;

/// The named memories of one run. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Memories(Arc<Mutex<BTreeMap<String, Bytes>>>);

impl Memories {
    /// Reads what is there, to its end at that moment.
    pub(super) fn source(&self, name: &str) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
        let names = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match names.get(name) {
            Some(bytes) => Ok(Box::pin(Memory { bytes: bytes.clone(), position: 0 })),
            None => Err(Failure::new(Kind::NotFound, "nothing was written there in this run")),
        }
    }

    /// Starts a memory anew, or goes on with it if `append`.
    pub(super) fn sink(
        &self,
        name: &str,
        append: bool,
    ) -> Result<Pin<Box<dyn AsyncWrite + Send>>, Failure> {
        let mut names = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if names.len() >= NAMES && !names.contains_key(name) {
            return Err(Failure::new(Kind::Other, format!("there are {NAMES} memories already")));
        }
        let bytes = names.entry(name.to_owned()).or_default();
        if !append {
            *bytes = Bytes::default();
        }
        Ok(Box::pin(Memory { bytes: bytes.clone(), position: 0 }))
    }
}

struct Memory {
    bytes: Bytes,
    position: usize,
}

impl AsyncRead for Memory {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = {
            let bytes = self.bytes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let rest = &bytes[self.position..];
            let count = rest.len().min(buffer.remaining());
            buffer.put_slice(&rest[..count]);
            count
        };
        self.position += count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Memory {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        added: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut bytes = self.bytes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let count = added.len().min(MOST - bytes.len());
        if count == 0 && !added.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::StorageFull.into()));
        }
        bytes.extend_from_slice(&added[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
