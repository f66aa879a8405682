//! One request: made sure of, let in, given to a guest, answered.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::app::{HostName, RequestPath};
use crate::capability::stdio::{Input, Output};
use crate::excerpt::excerpt;
use crate::serve::activity::Busy;
use crate::serve::files::{FileRequest, Files};
use crate::serve::generation::Generation;
use crate::serve::http::asker::Asker;
use crate::serve::http::body::{self, Fate};
use crate::serve::http::cgi::{CgiWay, by_cgi};
use crate::serve::http::head::{Refused, Rules, normalise};
use crate::serve::http::reply::{NoReply, Replied, Reply, Teller, until_head};
use crate::serve::http::streams::{BodyInput, output};
use crate::serve::http::told::{self, Told};
use crate::serve::service::{Cut, Kind, Service};
use crate::serve::site::Answerer;
use crate::stream::{HandedInput, HandedOutput};

/// What a filter's replies are, if nothing is said.
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// How much of a request's path is told, in bytes.
const PATH: usize = 200;

/// A request that is let in.
struct Let {
    request: Request<WasiBody>,
    fate: Fate,
    place: OwnedSemaphorePermit,
    busy: Busy,
}

/// Answers a request.
pub(super) async fn answer(
    asker: Arc<Asker>,
    request: Request<Incoming>,
) -> Result<Response<Reply>, Infallible> {
    let (busy, count) = asker.activity.begin();
    let limits = &asker.shared.limits;
    let old = request.version() < Version::HTTP_2;
    let mut last = count >= limits.requests_per_connection;

    let (mut head, incoming) = request.into_parts();
    let rules = Rules {
        secure: asker.peer.secure,
        head_size: limits.head_size,
        body_size: limits.body_size,
    };
    let bodiless = head.method == Method::HEAD;
    let log = told::entry(&asker, &head);
    let began = std::time::Instant::now();
    let checked = match asker.activity.is_clear(count) {
        true => normalise(&mut head, &rules),
        false => Err(Refused(StatusCode::BAD_REQUEST, "the head can be read in two ways")),
    };
    let mut reply = match checked {
        Err(Refused(status, why)) => {
            last = true;
            Reply::whole(status, why, Some(busy))
        }
        Ok(()) => match asker.shared.admission.enter().await {
            None => too_busy(Some(busy)),
            Some(place) => {
                let (body, fate) = body::limited(incoming, limits.body_size, limits.body_time);
                let request = Request::from_parts(head, body);
                let generation = asker.shared.current.get();
                ask(&asker, &generation, Let { request, fate, place, busy }).await
            }
        },
    };

    let by = reply.body().by.clone();
    let (route, guest) = by.as_deref().map_or(("", ""), |(route, guest)| (route, guest));
    let answering = asker.shared.metrics.series(route, guest).begin_at(began);
    let status = reply.status().as_u16();
    reply.body_mut().told = Some(Told::new(answering, log, (by.as_ref(), status)));

    let nothing = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&reply.status());
    if bodiless || nothing {
        // Nobody takes the body, so the guest would never get on.
        while let Some(Ok(_)) = reply.body_mut().frame().await {}
    }
    if last {
        asker.closing.store(true, Ordering::Relaxed);
        if old {
            reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
    Ok(reply)
}

fn too_busy(busy: Option<Busy>) -> Response<Reply> {
    let mut reply = Reply::whole(StatusCode::SERVICE_UNAVAILABLE, "too many requests", busy);
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// Finds who answers, and has it answer.
async fn ask(asker: &Asker, generation: &Generation, entered: Let) -> Response<Reply> {
    let uri = entered.request.uri();
    let path = RequestPath::http(uri.path());
    if !generation.site.has_http() {
        let way = CgiWay::default();
        return guest(asker, (&generation.service, &way, path.as_ref().ok()), None, entered).await;
    }

    let host = uri.authority().and_then(|authority| authority.as_str().parse::<HostName>().ok());
    let (Ok(path), Some(host)) = (path, host) else {
        return Reply::whole(
            StatusCode::BAD_REQUEST,
            "the path or the host is none",
            Some(entered.busy),
        );
    };
    match generation.site.http(&host, &path) {
        Answerer::Main => {
            let way = CgiWay::default();
            guest(asker, (&generation.service, &way, Some(&path)), None, entered).await
        }
        Answerer::Guest(service, route, spec, named) => {
            let (route, argv) = (route.name.clone(), spec.argv.clone());
            let way = CgiWay { route, named, argv };
            let media = spec.content_type.as_deref().and_then(|text| text.parse().ok());
            guest(asker, (&service, &way, Some(&path)), media, entered).await
        }
        Answerer::Files(files, route, named) => {
            let mut reply = shown(files, (&path, named), entered).await;
            reply.body_mut().by = Some(Arc::new((route.name.clone(), "files".to_owned())));
            reply
        }
        Answerer::Nobody => {
            Reply::whole(StatusCode::NOT_FOUND, "there is nothing at this path", Some(entered.busy))
        }
    }
}

/// Shows a file.
async fn shown(
    files: &Files,
    (path, named): (&RequestPath, usize),
    entered: Let,
) -> Response<Reply> {
    let Let { request, busy, place: _place, .. } = entered;
    let asked = FileRequest {
        method: request.method(),
        headers: request.headers(),
        path,
        named,
        query: request.uri().query(),
    };
    match files.answer(asked).await {
        Ok(response) => {
            // The client sees that it's cut, and no more.
            let broken = |_| Error::ConnectionTerminated;
            let response = response.map(|body| body.map_err(broken).boxed_unsync());
            Reply::own(response, Some(busy))
        }
        Err(_) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Reply::whole(status, "the file can't be opened now", Some(busy))
        }
    }
}

/// Has a guest answer. `media` is what its replies are, if it's a filter.
async fn guest(
    asker: &Asker,
    asked: (&Arc<Service>, &CgiWay, Option<&RequestPath>),
    media: Option<HeaderValue>,
    entered: Let,
) -> Response<Reply> {
    let by = Arc::new((asked.1.route.clone(), asked.0.name().to_owned()));
    let mut reply = of_guest(asker, asked, media, entered).await;
    reply.body_mut().by = Some(by);
    reply
}

/// What a guest answers.
async fn of_guest(
    asker: &Asker,
    (service, way, path): (&Arc<Service>, &CgiWay, Option<&RequestPath>),
    media: Option<HeaderValue>,
    entered: Let,
) -> Response<Reply> {
    let Let { request, fate, place, busy } = entered;
    let limits = &asker.shared.limits;
    let asked = asked(&request, &asker.peer.address);
    let end = Instant::now() + service.timeout().unwrap_or(limits.total_time);
    let patience = limits.reply_time.min(end - Instant::now());
    let media = media.or_else(|| asker.shared.content_type.clone());

    let replied = match service.kind() {
        Kind::Http => by_http(service.clone(), request, &asked, place, patience).await,
        Kind::Command if media.is_none() => {
            let Some(path) = path else {
                return Reply::whole(StatusCode::BAD_REQUEST, "the path is none", Some(busy));
            };
            let way = (way, path, asker.peer.address.as_str());
            by_cgi(service.clone(), request, way, (&asked, place, patience)).await
        }
        _ => {
            let content_type = media.unwrap_or(BYTES);
            by_streams((service.clone(), content_type), request, &asked, place, patience).await
        }
    };
    // What the guest made of half a body is no answer to the peer's request.
    if let Some((status, why)) = fate.status() {
        asker.closing.store(true, Ordering::Relaxed);
        return Reply::whole(status, why, Some(busy));
    }
    match replied {
        Ok((head, guest)) => {
            let teller = Teller { service: service.clone(), asked };
            Reply::driven(head, guest, (end, busy), (fate, teller))
        }
        Err(NoReply::Cut(Cut::Busy)) => too_busy(Some(busy)),
        Err(NoReply::Cut(Cut::Failed)) => {
            Reply::whole(StatusCode::INTERNAL_SERVER_ERROR, "the program failed", Some(busy))
        }
        Err(NoReply::Bad(status)) => Reply::whole(status, "the program failed", Some(busy)),
        Err(NoReply::Late) => {
            service.failed(&asked, format!("didn't answer within {patience:?}"));
            Reply::whole(StatusCode::GATEWAY_TIMEOUT, "the program took too long", Some(busy))
        }
    }
}

/// By the interface for requests.
async fn by_http(
    service: Arc<Service>,
    request: Request<WasiBody>,
    asked: &str,
    place: OwnedSemaphorePermit,
    patience: std::time::Duration,
) -> Replied {
    let (answering, answered) = oneshot::channel();
    let (asking, owned) = (service.clone(), asked.to_owned());
    let guest = Box::pin(async move {
        let result = asking.answer(request, answering, owned).await;
        drop(place);
        result
    });
    let (head, guest) = until_head(guest, answered, patience).await?;
    match head {
        Ok(Ok(response)) => Ok((response, guest)),
        Ok(Err(code)) => {
            let cut = service.failed(asked, format!("answered with the error {code}"));
            Err(NoReply::Cut(cut))
        }
        Err(_) => Err(NoReply::Cut(service.failed(asked, "ended without an answer".to_owned()))),
    }
}

/// From a stream to a stream: the request's body, and the reply's.
async fn by_streams(
    (service, content_type): (Arc<Service>, HeaderValue),
    request: Request<WasiBody>,
    asked: &str,
    place: OwnedSemaphorePermit,
    patience: std::time::Duration,
) -> Replied {
    let (writing, mut written) = output();
    let input = HandedInput::new(Box::new(BodyInput::new(request.into_body())));
    let output = HandedOutput::new(Box::new(writing));
    let asked = asked.to_owned();
    let guest = Box::pin(async move {
        let streams = (Input::Handed(input), Output::Handed(output.clone()));
        let result = service.run(streams, (&[], &[]), &asked).await;
        let finished = match result {
            Ok(_) => {
                output.finish().await.map_err(|error| service.failed(&asked, error.to_string()))
            }
            Err(cut) => Err(cut),
        };
        drop((output, place));
        finished
    });
    let begun = async {
        written.begun().await;
        written
    };
    let (written, guest) = until_head(guest, begun, patience).await?;
    let mut response = Response::new(written.boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    Ok((response, guest))
}

/// A request in a few words.
fn asked<B>(request: &Request<B>, peer: &str) -> String {
    let path = excerpt(&request.uri().path(), PATH);
    format!("{} {path} from {peer}", request.method())
}
