//! Standard output on a terminal: text passes, bytes that would disturb the terminal don't.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

use crate::stream::failure::{Failure, Kind};

/// How many bytes at the start of each write are looked at.
const LOOK: usize = 8 << 10;

/// Passes text on to a terminal.
pub(super) struct TextOnly<W>(pub W);

fn is_binary(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(LOOK)];
    // A character may be cut in two at the end.
    start.contains(&0)
        || std::str::from_utf8(start).is_err_and(|error| {
            error.error_len().is_some() && error.valid_up_to() + 4 < start.len()
        })
}

impl<W: AsyncWrite + Unpin> AsyncWrite for TextOnly<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if is_binary(bytes) {
            let failure =
                Failure::new(Kind::Other, "it is binary, and standard output is a terminal");
            let hint = "name a file with `-o FILE` or redirect it; `-o -` writes it all the same";
            return Poll::Ready(Err(failure.hint(hint).into()));
        }
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::is_binary;

    #[test]
    fn text_in_any_language_passes_and_images_do_not() {
        assert!(!is_binary("grüße, 世界\n\t".as_bytes()) && !is_binary(&"é".as_bytes()[..1]));
        assert!(
            is_binary(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") && is_binary(b"\xff\xd8\xff\xe0\0\x10JFIF")
        );
    }
}
