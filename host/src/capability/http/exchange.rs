//! One request and its answer over a connection that is there, within the times that the guest
//! gives.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep, timeout};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody};

use crate::account::Charge;

/// How long a request waits where the guest doesn't say.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);

/// How much of an answer waits until the guest reads it, in bytes; its fields are no longer.
const WAITING: usize = 128 << 10;
/// What a connection holds: what waits in it, and what is being sent.
pub(super) const CONNECTION: usize = 2 * WAITING;

/// What goes on with a connection after the answer has begun.
pub(super) type Done = Box<dyn Future<Output = Result<()>> + Send>;

/// An answer.
pub(super) type Answer = (Response<WasiBody>, Done);

/// Sends a request; gives the answer once it begins.
pub(super) async fn exchange(
    wire: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<WasiBody>,
    options: RequestOptions,
    held: Charge,
) -> Result<Answer> {
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(WAITING).handshake(TokioIo::new(wire)).await?;
    let mut connection = Some(connection);
    let first = options.first_byte_timeout.unwrap_or(PATIENCE);
    let response = {
        let mut answer = pin!(timeout(first, sender.send_request(request)));
        // The connection has no task of its own yet: whoever waits for the answer drives it.
        poll_fn(|cx| {
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(answer);
            }
            if let Some(running) = &mut connection
                && Pin::new(running).poll(cx).is_ready()
            {
                // How it ended is what the answer says now.
                connection = None;
                return answer.as_mut().poll(cx);
            }
            Poll::Pending
        })
        .await
        .map_err(|_| Error::ConnectionReadTimeout)??
    };
    let between = options.between_bytes_timeout.unwrap_or(PATIENCE);
    let late = Box::pin(sleep(between));
    let body = |incoming| Timed { incoming, between, late, _held: held };
    let done = async move {
        match connection {
            Some(connection) => Ok(connection.await?),
            None => Ok(()),
        }
    };
    Ok((response.map(|incoming| body(incoming).boxed_unsync()), Box::new(done)))
}

/// A body whose parts come within a time of each other.
struct Timed {
    /// What the connection takes.
    _held: Charge,
    incoming: Incoming,
    between: Duration,
    late: Pin<Box<Sleep>>,
}

impl Body for Timed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) {
            let next = Instant::now() + self.between;
            self.late.as_mut().reset(next);
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        ready!(self.late.as_mut().poll(cx));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
