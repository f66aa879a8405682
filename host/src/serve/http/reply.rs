//! A reply that is sent while its guest writes it. The reply owns the guest: a peer that goes takes
//! the guest along, and a guest that fails cuts the reply, which the peer can tell from a whole one.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use tokio::time::{Sleep, sleep_until};
use wasmtime_wasi_http::WasiBody;

use crate::serve::activity::Busy;
use crate::serve::http::body::Fate;
use crate::serve::http::told::Told;
use crate::serve::service::{Cut, Service};

/// What a guest does for one request, from its start to its end.
pub(super) type Guest = Pin<Box<dyn Future<Output = Result<(), Cut>> + Send>>;

/// The body of a reply.
pub(in crate::serve) struct Reply {
    inner: WasiBody,
    /// Whether that is at its end.
    ended: bool,
    guest: Option<Guest>,
    /// When the guest must have ended, and who wakes us then.
    end: Instant,
    late: Option<Pin<Box<Sleep>>>,
    /// How many bytes are still to come, if the head says so.
    left: Option<u64>,
    /// What became of the request's body, if it had one.
    fate: Fate,
    /// Tells if the reply is broken off.
    teller: Option<Teller>,
    /// Who answered: the route and the guest.
    pub by: Option<Arc<(String, String)>>,
    /// What is counted and logged of it.
    pub told: Option<Told>,
    _busy: Option<Busy>,
}

/// Who tells of a request that failed, and what was asked.
pub(super) struct Teller {
    pub service: Arc<Service>,
    pub asked: String,
}

/// A reply that was broken off.
#[derive(Debug)]
pub(in crate::serve) struct Broken(&'static str);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Broken {}

/// Why there is no reply of a guest's.
pub(super) enum NoReply {
    /// The guest ended without one.
    Cut(Cut),
    /// It takes too long.
    Late,
    /// What it wrote is no reply, of which it was told.
    Bad(StatusCode),
}

/// What a guest answered, and what is left of it.
pub(super) type Replied = Result<(Response<WasiBody>, Option<Guest>), NoReply>;

/// Drives `guest` until `head` is there, within `patience`. What is left of the guest is given back.
pub(super) async fn until_head<T>(
    mut guest: Guest,
    head: impl Future<Output = T>,
    patience: Duration,
) -> Result<(T, Option<Guest>), NoReply> {
    let start = Instant::now();
    let (mut head, mut ended) = (std::pin::pin!(head), false);
    let mut late: Option<Pin<Box<Sleep>>> = None;

    let head = poll_fn(|cx| {
        if !ended && let Poll::Ready(result) = guest.as_mut().poll(cx) {
            ended = true;
            if let Err(cut) = result {
                return Poll::Ready(Err(NoReply::Cut(cut)));
            }
        }
        if let Poll::Ready(head) = head.as_mut().poll(cx) {
            return Poll::Ready(Ok(head));
        }
        let late = late.get_or_insert_with(|| Box::pin(sleep_until((start + patience).into())));
        // A guest that computes may keep the timers from being looked at.
        if late.as_mut().poll(cx).is_ready() || start.elapsed() >= patience {
            return Poll::Ready(Err(NoReply::Late));
        }
        Poll::Pending
    })
    .await?;
    Ok((head, (!ended).then_some(guest)))
}

impl Reply {
    /// The reply of a guest that must have ended at `end`.
    pub fn driven(
        head: Response<WasiBody>,
        guest: Option<Guest>,
        (end, busy): (Instant, Busy),
        (fate, teller): (Fate, Teller),
    ) -> Response<Reply> {
        let length = head.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let left = length.and_then(|text| text.parse().ok());
        let _busy = Some(busy);
        head.map(|inner| Reply {
            inner,
            ended: false,
            guest,
            end,
            late: None,
            left,
            fate,
            teller: Some(teller),
            by: None,
            told: None,
            _busy,
        })
    }

    /// A reply of the host's own.
    pub fn own(head: Response<WasiBody>, _busy: Option<Busy>) -> Response<Reply> {
        let (end, late, guest, left) = (Instant::now(), None, None, None);
        let (fate, teller, ended) = (Fate::default(), None, false);
        let (by, told) = (None, None);
        head.map(|inner| Reply {
            inner,
            ended,
            guest,
            end,
            late,
            left,
            fate,
            teller,
            by,
            told,
            _busy,
        })
    }

    /// A reply of the host's own: a line of text.
    pub fn whole(status: StatusCode, text: &str, busy: Option<Busy>) -> Response<Reply> {
        let bytes = Full::new(Bytes::from(format!("{text}\n")));
        let inner = bytes.map_err(|never| match never {}).boxed_unsync();
        let mut reply = Reply::own(Response::new(inner), busy);
        *reply.status_mut() = status;
        let kind = http::HeaderValue::from_static("text/plain; charset=utf-8");
        reply.headers_mut().insert(http::header::CONTENT_TYPE, kind);
        reply
    }

    /// Lets the guest go on; an error if it failed, or its time is up.
    fn poll_guest(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let Some(guest) = &mut self.guest else { return Poll::Ready(Ok(())) };
        if let Poll::Ready(result) = guest.as_mut().poll(cx) {
            self.guest = None;
            return Poll::Ready(result.map_err(|_| Broken("the guest failed")));
        }

        let end = self.end;
        let late = self.late.get_or_insert_with(|| Box::pin(sleep_until(end.into())));
        if late.as_mut().poll(cx).is_ready() || Instant::now() >= end {
            self.guest = None;
            self.tell("went over its time limit");
            return Poll::Ready(Err(Broken("the guest took too long")));
        }
        Poll::Pending
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let frame = Pin::new(&mut self.inner).poll_frame(cx);
        self.ended = matches!(frame, Poll::Ready(None));
        if let (Poll::Ready(Some(Ok(frame))), Some(told)) = (&frame, &mut self.told)
            && let Some(data) = frame.data_ref()
        {
            told.sent(data.len() as u64);
        }
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let (Some(left), Some(data)) = (&mut self.left, frame.data_ref())
        {
            *left = left.saturating_sub(data.len() as u64);
        }
        if matches!(frame, Poll::Ready(Some(Err(_)))) {
            self.tell("broke its reply off");
        }
        frame.map(|frame| frame.map(|frame| frame.map_err(|_| Broken("the guest broke it off"))))
    }

    fn tell(&mut self, why: &str) {
        if let Some(Teller { service, asked }) = self.teller.take() {
            service.failed(&asked, why.to_owned());
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        loop {
            let frame = self.poll_inner(cx);
            if let Poll::Ready(Some(_)) = frame {
                return frame;
            }
            if self.guest.is_none() {
                // A guest may have taken half a body for a whole one.
                return match (self.ended, self.fate.status()) {
                    (true, Some((_, why))) => Poll::Ready(Some(Err(Broken(why)))),
                    _ => frame,
                };
            }
            match self.poll_guest(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(broken)) => {
                    if let Some(told) = &mut self.told {
                        told.cut(broken.0);
                    }
                    return Poll::Ready(Some(Err(broken)));
                }
                Poll::Pending => {
                    // It may have written while it ran. An end is told when the guest has ended.
                    return match self.poll_inner(cx) {
                        Poll::Ready(None) => Poll::Pending,
                        frame => frame,
                    };
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.guest.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // The peer has all that was promised; what the guest still does is its own business.
        if self.left == Some(0)
            && let Some(guest) = self.guest.take()
        {
            let end = self.end;
            drop(tokio::spawn(tokio::time::timeout_at(end.into(), guest)));
        }
    }
}
