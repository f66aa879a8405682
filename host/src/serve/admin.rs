//! What whoever runs a server asks it: whether it lives, whether it takes requests, what it counted.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::serve::event::{Event, Listener};
use crate::serve::metrics::Metrics;
use crate::serve::shared::Shared;
use crate::serve::wire::Transport;

/// Answers the questions of one connection.
pub(super) async fn serve(shared: Arc<Shared>, stream: impl Transport) {
    let answer = {
        let shared = shared.clone();
        service_fn(move |request| {
            let response = answer(&shared, &request);
            async { Ok::<_, Infallible>(response) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.head_time)
        .serve_connection(TokioIo::new(stream), answer);
    let mut drain = shared.drain.clone();
    tokio::select! {
        // Who asks and goes harms nobody.
        _ = connection => {}
        _ = drain.wait_for(|draining| *draining) => {}
    }
}

fn answer(shared: &Shared, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let draining = *shared.drain.borrow();
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, "OK\n".to_owned()),
        (&Method::GET | &Method::HEAD, "/readyz") => match draining {
            false => (StatusCode::OK, "OK\n".to_owned()),
            true => (StatusCode::SERVICE_UNAVAILABLE, "draining\n".to_owned()),
        },
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, shared.metrics.render()),
        (&Method::GET | &Method::HEAD, _) => {
            (StatusCode::NOT_FOUND, "there are /healthz, /readyz and /metrics\n".to_owned())
        }
        _ => (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let media = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}

/// A listener that counts what it hears, and passes it on.
pub(super) fn counting(metrics: Metrics, events: Listener) -> Listener {
    Listener::new(move |event| {
        match &event {
            Event::Failed { guest, .. } => {
                let help = "Requests at which a guest failed.";
                metrics.count("forebay_failures_total", help, Some(("guest", guest)), 1);
            }
            Event::Refused { guest, denials, left_out } => {
                let (help, count) = ("What guests were refused.", denials.len() as u64 + left_out);
                metrics.count("forebay_denials_total", help, Some(("guest", guest)), count);
            }
            Event::Swapped { .. } => {
                metrics.count("forebay_swaps_total", "New generations of the program.", None, 1);
            }
            Event::SwapFailed { .. } => {
                let help = "Generations that can't be used.";
                metrics.count("forebay_swap_failures_total", help, None, 1);
            }
            _ => {}
        }
        events.emit(event);
    })
}
