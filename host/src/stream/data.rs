//! `data:`: the bytes are in the URL (RFC 2397).

use std::io::Cursor;
use std::pin::Pin;

use bytes::Bytes;
use tokio::io::AsyncRead;

use crate::stream::failure::{Failure, Kind};

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
