//! `zero:`: zeros, for ever or so many.

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Zeros, `length` of them if that is given.
pub(super) fn source(length: Option<u64>) -> Pin<Box<dyn AsyncRead + Send>> {
    Box::pin(tokio::io::repeat(0).take(length.unwrap_or(u64::MAX)))
}
