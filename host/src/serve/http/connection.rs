//! One connection that speaks HTTP/1 or HTTP/2, from its first byte to its end.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::AsyncReadExt as _;
use tokio::time::{sleep_until, timeout};

use crate::serve::activity::Activity;
use crate::serve::http::answer::answer;
use crate::serve::http::asker::{Asker, Peer};
use crate::serve::shared::Shared;
use crate::serve::wire::{Transport, Wire};

/// What a peer says first that speaks HTTP/2.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Bytes that are buffered of an HTTP/1 connection, at least as many as a head may have.
const BUFFER: usize = 64 << 10;
/// Streams that one HTTP/2 connection may have at the same time.
const STREAMS: u32 = 100;
/// How often an HTTP/2 peer is asked whether it's there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);

/// A connection's means to end itself after the replies that are under way.
trait Graceful: Future<Output = hyper::Result<()>> {
    fn graceful_shutdown(self: Pin<&mut Self>);
}

impl<I, S> Graceful for http1::Connection<I, S>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    S: hyper::service::HttpService<hyper::body::Incoming>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: http_body::Body + 'static,
    <S::ResBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn graceful_shutdown(self: Pin<&mut Self>) {
        http1::Connection::graceful_shutdown(self);
    }
}

impl<I, S, E> Graceful for http2::Connection<I, S, E>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: hyper::service::HttpService<hyper::body::Incoming>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: http_body::Body + 'static,
    <S::ResBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    E: hyper::rt::bounds::Http2ServerConnExec<S::Future, S::ResBody>,
{
    fn graceful_shutdown(self: Pin<&mut Self>) {
        http2::Connection::graceful_shutdown(self);
    }
}

/// Serves the requests of a connection until it ends. Dropping this ends it at once.
pub(in crate::serve) async fn serve<S: Transport>(shared: Arc<Shared>, stream: S, peer: Peer) {
    let mut stream = stream;
    let limits = &shared.limits;
    let (two, ahead) = match peer.two {
        Some(two) => (two, Bytes::new()),
        None => match timeout(limits.head_time, look(&mut stream)).await {
            Ok(Some(looked)) => looked,
            // It said nothing, or went.
            Ok(None) | Err(_) => return,
        },
    };

    let activity = Activity::new(limits, two);
    let stream = TokioIo::new(Wire::new(stream, ahead, activity.clone(), two));
    let closing = Arc::new(AtomicBool::new(false));
    let asker = Arc::new(Asker {
        shared: shared.clone(),
        peer,
        activity: activity.clone(),
        closing: closing.clone(),
    });
    let service = service_fn(move |request| answer(asker.clone(), request));
    if two {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(limits.head_size).unwrap_or(u32::MAX))
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .serve_connection(stream, service);
        drive(connection, &shared, &activity, &closing).await;
    } else {
        let connection = http1::Builder::new()
            .max_buf_size(BUFFER.max(limits.head_size.saturating_mul(2)))
            .serve_connection(stream, service);
        drive(connection, &shared, &activity, &closing).await;
    }
}

/// Whether a peer begins as one that speaks HTTP/2, and what it said until that was known; `None` if
/// it went.
async fn look(stream: &mut (impl Transport + ?Sized)) -> Option<(bool, Bytes)> {
    let mut ahead = BytesMut::with_capacity(4096);
    loop {
        if stream.read_buf(&mut ahead).await.ok()? == 0 {
            return None;
        }
        let common = ahead.len().min(PREFACE.len());
        if ahead[..common] != PREFACE[..common] {
            return Some((false, ahead.freeze()));
        }
        if common == PREFACE.len() {
            return Some((true, ahead.freeze()));
        }
    }
}

/// Drives a connection for as long as it may go on.
async fn drive(
    connection: impl Graceful,
    shared: &Shared,
    activity: &Activity,
    closing: &AtomicBool,
) {
    let mut connection = pin!(connection);
    let mut drain = shared.drain.clone();
    let mut draining = pin!(drain.wait_for(|draining| *draining));
    let mut asked_to_end = false;
    let far = Instant::now() + Duration::from_secs(1 << 30);
    let mut armed = activity.due().unwrap_or(far);
    let mut timer = pin!(sleep_until(armed.into()));

    poll_fn(|cx| {
        if !asked_to_end && draining.as_mut().poll(cx).is_ready() {
            asked_to_end = true;
            connection.as_mut().graceful_shutdown();
        }
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if !asked_to_end && closing.load(Ordering::Relaxed) {
            asked_to_end = true;
            connection.as_mut().graceful_shutdown();
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
        }

        loop {
            let due = activity.due().unwrap_or(far);
            if due <= Instant::now() {
                return Poll::Ready(());
            }
            // A later end than the timer's is looked at when that has run.
            if due < armed {
                armed = due;
                timer.as_mut().reset(due.into());
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            armed = due;
            timer.as_mut().reset(due.into());
        }
    })
    .await
}
