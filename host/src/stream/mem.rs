//! `mem:NAME`: memory that all who name it in one run share. A sink starts it anew; a source reads
//! what is there so far. What is there is charged to those who wrote it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::account::{Account, Charge, OverBudget};
use crate::stream::failure::{Failure, Kind};
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::scheme::{
    AnyReader, AnyWriter, HostPlace, Opening, Scheme, Target, Text, bad, decoded,
};

/// How many names there are at most.
const NAMES: usize = 1024;
/// By how much a memory grows at least, in bytes.
const STEP: usize = 64 << 10;

type Bytes = Arc<Mutex<Content>>;

/// The scheme.
pub(super) struct Mem;

/// The name of a memory.
#[derive(Debug)]
struct Name(String);

impl Scheme for Mem {
    fn names(&self) -> &'static [&'static str] {
        &["mem"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        match url.rest.is_empty() {
            true => Err(bad("it names no memory; write `mem:NAME`")),
            false => Ok(Arc::new(Name(decoded(url.rest)?))),
        }
    }
}

impl Target for Name {
    fn scheme(&self) -> &'static str {
        "mem"
    }

    fn size(&self) -> usize {
        self.0.len()
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Nothing
    }

    fn source<'a>(&'a self, context: &'a OpenContext, _: Authority) -> Opening<'a, AnyReader> {
        Box::pin(async move { context.run.get::<Memories>().source(&self.0) })
    }

    fn sink<'a>(
        &'a self,
        append: bool,
        context: &'a OpenContext,
        _: Authority,
    ) -> Opening<'a, AnyWriter> {
        Box::pin(
            async move { context.run.get::<Memories>().sink((&self.0, append), &context.account) },
        )
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mem:{}", self.0)
    }
}

/// The named memories of one run. Clones share them.
#[derive(Clone, Default)]
struct Memories(Arc<Mutex<BTreeMap<String, Bytes>>>);

/// What was written, and what that takes of whose account.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    charges: Vec<Charge>,
}

impl Content {
    /// Adds bytes, for which whoever has the account has room.
    fn add(&mut self, added: &[u8], account: &Account) -> Result<(), OverBudget> {
        let room = self.bytes.capacity() - self.bytes.len();
        if added.len() > room {
            // A quarter more each time, so that a long memory isn't copied too often.
            let more = (added.len() - room).max(self.bytes.capacity() / 4).max(STEP);
            self.charge(account, more)?;
            self.bytes.reserve_exact(room + more);
        }
        self.bytes.extend_from_slice(added);
        Ok(())
    }

    fn charge(&mut self, account: &Account, more: usize) -> Result<(), OverBudget> {
        match self.charges.iter_mut().find(|charge| charge.account().is(account)) {
            Some(charge) => charge.grow(more),
            None => account.charge(more).map(|charge| self.charges.push(charge)),
        }
    }
}

impl Memories {
    /// Reads what is there, to its end at that moment.
    fn source(&self, name: &str) -> Result<AnyReader, Failure> {
        let names = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match names.get(name) {
            Some(bytes) => Ok(Box::pin(Reader { bytes: bytes.clone(), position: 0 })),
            None => Err(Failure::new(Kind::NotFound, "nothing was written there in this run")),
        }
    }

    /// Starts a memory anew, or goes on with it if `append`; what is written is charged to
    /// `account`.
    fn sink(&self, (name, append): (&str, bool), account: &Account) -> Result<AnyWriter, Failure> {
        let mut names = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if names.len() >= NAMES && !names.contains_key(name) {
            return Err(Failure::new(Kind::Other, format!("there are {NAMES} memories already")));
        }
        if !append || !names.contains_key(name) {
            let mut content = Content::default();
            content.charge(account, name.len())?;
            names.insert(name.to_owned(), Arc::new(Mutex::new(content)));
        }
        Ok(Box::pin(Writer { bytes: names[name].clone(), account: account.clone() }))
    }
}

struct Reader {
    bytes: Bytes,
    position: usize,
}

struct Writer {
    bytes: Bytes,
    account: Account,
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = {
            let bytes = self.bytes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let rest = &bytes.bytes[self.position..];
            let count = rest.len().min(buffer.remaining());
            buffer.put_slice(&rest[..count]);
            count
        };
        self.position += count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        added: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut bytes = self.bytes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Poll::Ready(bytes.add(added, &self.account).map(|()| added.len()).map_err(io::Error::from))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn guests_share_a_memory_and_each_pays_for_what_it_writes() {
        let memories = Memories::default();
        let (one, other) = (Account::new(1 << 20), Account::new(1 << 20));
        let mut first = memories.sink(("m", false), &one).unwrap();
        first.write_all(&[1; 100_000]).await.unwrap();
        let mut second = memories.clone().sink(("m", true), &other).unwrap();
        second.write_all(&[2; 700_000]).await.unwrap();
        assert!((100_000..400_000).contains(&one.used()), "{}", one.used());
        assert!((600_000..1 << 20).contains(&other.used()), "{}", other.used());

        let mut all = Vec::new();
        memories.source("m").unwrap().read_to_end(&mut all).await.unwrap();
        assert_eq!((all.len(), all[0], all[799_999]), (800_000, 1, 2));

        let over = second.write_all(&[3; 1 << 20]).await.unwrap_err();
        assert!(over.to_string().contains("host memory budget of 1048576 bytes"), "{over}");
        assert!(other.refused() && !one.refused());
        drop((first, second));
        memories.sink(("m", false), &one).unwrap();
        assert!(one.used() < 10 && other.used() == 0, "starting anew gives back what was there");
    }
}
