//! `null:`: nothing to read, and a place for what nobody wants.

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};

/// At its end from the start.
pub(super) fn source() -> Pin<Box<dyn AsyncRead + Send>> {
    Box::pin(tokio::io::empty())
}

/// Forgets what is written.
pub(super) fn sink() -> Pin<Box<dyn AsyncWrite + Send>> {
    Box::pin(tokio::io::sink())
}
