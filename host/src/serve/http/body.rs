//! A request's body: no larger than it may be, and not for ever on its way.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::{Error, WasiBody};

/// What became of a body, for whoever answers the peer.
#[derive(Clone, Default)]
pub(super) struct Fate(Arc<AtomicU8>);

const TOO_LARGE: u8 = 1;
const TOO_SLOW: u8 = 2;

impl Fate {
    /// What the peer is to be told, if the body was broken off.
    pub fn status(&self) -> Option<(StatusCode, &'static str)> {
        match self.0.load(Ordering::Relaxed) {
            TOO_LARGE => Some((StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")),
            TOO_SLOW => Some((StatusCode::REQUEST_TIMEOUT, "the body came too slowly")),
            _ => None,
        }
    }
}

/// A body as a guest gets it. It may have so many bytes, and pause for so long.
pub(super) fn limited(incoming: Incoming, most: Option<u64>, pause: Duration) -> (WasiBody, Fate) {
    let fate = Fate::default();
    if incoming.is_end_stream() {
        return (Empty::new().map_err(|never| match never {}).boxed_unsync(), fate);
    }
    let left = most.unwrap_or(u64::MAX);
    let body = Limited { incoming, left, pause, late: None, fate: fate.clone() };
    (body.boxed_unsync(), fate)
}

struct Limited {
    incoming: Incoming,
    left: u64,
    pause: Duration,
    /// Runs while the body pauses.
    late: Option<Pin<Box<Sleep>>>,
    fate: Fate,
}

impl Body for Limited {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) {
            self.late = None;
            let Some(frame) = frame else { return Poll::Ready(None) };
            let frame = frame.map_err(Error::from)?;
            let size = frame.data_ref().map_or(0, Bytes::len) as u64;
            let Some(left) = self.left.checked_sub(size) else {
                self.fate.0.store(TOO_LARGE, Ordering::Relaxed);
                return Poll::Ready(Some(Err(Error::HttpRequestBodySize(None))));
            };
            self.left = left;
            return Poll::Ready(Some(Ok(frame)));
        }

        let pause = self.pause;
        ready!(self.late.get_or_insert_with(|| Box::pin(sleep(pause))).as_mut().poll(cx));
        self.fate.0.store(TOO_SLOW, Ordering::Relaxed);
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
