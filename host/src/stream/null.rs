//! `null:`: nothing to read, and a place for what nobody wants.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::stream::failure::Failure;
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::scheme::{AnyReader, AnyWriter, HostPlace, Opening, Scheme, Target, Text, bad};
use tokio::io::{AsyncRead, AsyncWrite};

/// The scheme.
pub(super) struct Null;

/// Nothing to read, nobody who keeps what is written.
#[derive(Debug)]
struct Nothing;

impl Scheme for Null {
    fn names(&self) -> &'static [&'static str] {
        &["null"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        match url.rest.is_empty() {
            true => Ok(Arc::new(Nothing)),
            false => Err(bad("`null:` stands alone")),
        }
    }
}

impl Target for Nothing {
    fn scheme(&self) -> &'static str {
        "null"
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Nothing
    }

    fn source<'a>(&'a self, _: &'a OpenContext, _: Authority) -> Opening<'a, AnyReader> {
        Box::pin(async move { Ok(source()) })
    }

    fn sink<'a>(&'a self, _: bool, _: &'a OpenContext, _: Authority) -> Opening<'a, AnyWriter> {
        Box::pin(async move { Ok(sink()) })
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null:")
    }
}

/// At its end from the start.
pub(super) fn source() -> Pin<Box<dyn AsyncRead + Send>> {
    Box::pin(tokio::io::empty())
}

/// Forgets what is written.
pub(super) fn sink() -> Pin<Box<dyn AsyncWrite + Send>> {
    Box::pin(tokio::io::sink())
}
