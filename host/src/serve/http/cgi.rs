//! A request that a program answers by CGI: variables and words say what is asked, standard input is
//! its body, and standard output is a head and the reply's body, which is sent as it's written.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::app::RequestPath;
use crate::capability::stdio::{Input, Output};
use crate::serve::cgi::{BadReply, CgiRequest, ReplyHead, ReplyParser, arguments, environment};
use crate::serve::http::reply::{Guest, NoReply, Replied, until_head};
use crate::serve::http::streams::{BodyInput, Written, output};
use crate::serve::service::Service;
use crate::stream::{HandedInput, HandedOutput};

/// The most bytes of a reply's head.
const HEAD: usize = 64 << 10;

/// How a program is asked by CGI.
#[derive(Clone, Debug)]
pub(super) struct CgiWay {
    /// The route that was taken, as it's written.
    pub route: String,
    /// How many parts of the path it names.
    pub named: usize,
    /// The program's words, if they aren't Wagi's.
    pub argv: Option<String>,
}

impl Default for CgiWay {
    /// That of a program that answers everything.
    fn default() -> Self {
        CgiWay { route: "/*".to_owned(), named: 0, argv: None }
    }
}

/// A reply's body: what came with the head, and what follows.
struct Rest {
    first: Option<Bytes>,
    written: Written,
}

/// Has a program answer. `peer` is where the request came from.
///
/// # Errors
/// When it gives no reply.
pub(super) async fn by_cgi(
    service: Arc<Service>,
    request: Request<WasiBody>,
    (way, path, peer): (&CgiWay, &RequestPath, &str),
    (asked, place, patience): (&str, OwnedSemaphorePermit, Duration),
) -> Replied {
    let (head, body) = request.into_parts();
    let (variables, words) = told(&head, body.is_end_stream(), (way, path, peer));

    let (writing, mut written) = output();
    let input = HandedInput::new(Box::new(BodyInput::new(body)));
    let output = HandedOutput::new(Box::new(writing));
    let (asking, owned) = (service.clone(), asked.to_owned());
    let guest: Guest = Box::pin(async move {
        let streams = (Input::Handed(input), Output::Handed(output.clone()));
        let outcome = asking.run(streams, (&words, &variables), &owned).await?;
        let finished = output.finish().await.map_err(|error| error.to_string());
        drop((output, place));
        // As in Wagi, its exit code says nothing about the reply; a trap does.
        let ended = match outcome.exit {
            crate::instance::Exit::Code(_) | crate::instance::Exit::ReaderGone => finished,
            exit => Err(exit.to_string()),
        };
        ended.map_err(|why| asking.failed(&owned, why))
    });

    let read = async {
        let mut parser = ReplyParser::new(HEAD);
        loop {
            let Some(Ok(frame)) = written.frame().await else { return Err(BadReply::Unfinished) };
            let bytes = frame.into_data().unwrap_or_default();
            if let Some((head, first)) = parser.take(&bytes)? {
                return Ok((head, Rest { first: Some(first), written }));
            }
        }
    };
    let (read, guest) = until_head(guest, read, patience).await?;
    match read {
        Ok((head, rest)) => Ok((response(head, rest), guest)),
        Err(why) => {
            service.failed(asked, format!("wrote no reply of CGI: {why}"));
            Err(NoReply::Bad(why.status()))
        }
    }
}

fn response(head: ReplyHead, rest: Rest) -> Response<WasiBody> {
    let mut response = Response::new(rest.boxed_unsync());
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}

/// What a program is told of a request: variables, and words, of which the first is the path.
fn told(
    head: &Parts,
    bodiless: bool,
    (way, path, peer): (&CgiWay, &RequestPath, &str),
) -> (Vec<(String, String)>, Vec<String>) {
    let scheme = head.uri.scheme_str().unwrap_or("http");
    let said = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let request = CgiRequest {
        method: &head.method,
        version: head.version,
        scheme,
        host: head.uri.host().unwrap_or("localhost"),
        port: head.uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 }),
        raw_path: head.uri.path(),
        path,
        query: head.uri.query(),
        headers: &head.headers,
        route: &way.route,
        named: way.named,
        length: said.and_then(|length| length.parse().ok()).or(bodiless.then_some(0)),
        peer: peer.parse().ok(),
    };
    // What the user grants stays beside it, as it's less than what is said of the run.
    (environment(&request, &[]), arguments(&request, way.argv.as_deref()))
}

impl Body for Rest {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.first.take().filter(|first| !first.is_empty()) {
            Some(first) => Poll::Ready(Some(Ok(Frame::data(first)))),
            None => Pin::new(&mut self.written).poll_frame(cx),
        }
    }
}
