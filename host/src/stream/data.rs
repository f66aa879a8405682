//! `data:`: the bytes are in the URL (RFC 2397).

use std::fmt;
use std::io::Cursor;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncRead;

use crate::stream::failure::{Failure, Kind};
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::scheme::{AnyReader, Direction, HostPlace, Opening, Scheme, Target, Text};

/// The scheme.
pub(super) struct Data;

/// The bytes that a URL holds.
#[derive(Debug)]
struct Held(Bytes);

impl Scheme for Data {
    fn names(&self) -> &'static [&'static str] {
        &["data"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        Ok(Arc::new(Held(decode(url.whole)?)))
    }
}

impl Target for Held {
    fn scheme(&self) -> &'static str {
        "data"
    }

    fn size(&self) -> usize {
        self.0.len()
    }

    fn only(&self) -> Option<Direction> {
        Some(Direction::Source)
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Nothing
    }

    fn source<'a>(&'a self, _: &'a OpenContext, _: Authority) -> Opening<'a, AnyReader> {
        Box::pin(async move { Ok(source(self.0.clone())) })
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data: ({} bytes)", self.0.len())
    }
}

/// The bytes of a whole `data:` URL.
pub(super) fn decode(text: &str) -> Result<Bytes, Failure> {
    let bad = |why: &str| {
        Failure::new(Kind::BadUrl, why).hint("write `data:,TEXT` or `data:;base64,BASE64`")
    };
    let url = data_url::DataUrl::process(text)
        .map_err(|_| bad("a `data:` URL has a comma before its data"))?;
    let (bytes, _) = url.decode_to_vec().map_err(|_| bad("its data isn't base64"))?;
    Ok(bytes.into())
}

/// Reads the bytes once.
pub(super) fn source(bytes: Bytes) -> Pin<Box<dyn AsyncRead + Send>> {
    Box::pin(Cursor::new(bytes))
}
