//! `zero:`: zeros, for ever or so many.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::stream::failure::Failure;
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::scheme::{
    AnyReader, Direction, HostPlace, Opening, Scheme, Target, Text, length, show_length,
};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The scheme.
pub(super) struct Zero;

/// Zeros, for ever or so many.
#[derive(Debug)]
struct Zeros(Option<u64>);

impl Scheme for Zero {
    fn names(&self) -> &'static [&'static str] {
        &["zero"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        Ok(Arc::new(Zeros(length(url.rest)?)))
    }
}

impl Target for Zeros {
    fn scheme(&self) -> &'static str {
        "zero"
    }

    fn only(&self) -> Option<Direction> {
        Some(Direction::Source)
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Nothing
    }

    fn source<'a>(&'a self, _: &'a OpenContext, _: Authority) -> Opening<'a, AnyReader> {
        Box::pin(async move { Ok(source(self.0)) })
    }
}

impl fmt::Display for Zeros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_length(f, "zero", self.0)
    }
}

/// Zeros, `length` of them if that is given.
pub(super) fn source(length: Option<u64>) -> Pin<Box<dyn AsyncRead + Send>> {
    Box::pin(tokio::io::repeat(0).take(length.unwrap_or(u64::MAX)))
}
