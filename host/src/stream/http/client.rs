//! Requests by HTTP/1.1: a GET whose answer is read, a PUT or POST whose body is written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::task::JoinHandle;
use url::Url;

use crate::hint::{Hint, Setting};
use crate::policy::Guard;
use crate::stream::endpoint::Endpoint;
use crate::stream::failure::{Failure, Kind};
use crate::stream::roots::Roots;
use crate::stream::tcp;
use crate::stream::tls;

/// How often a server may send us on.
const REDIRECTS: usize = 10;
/// How long a URL may be to which it sends us, in bytes.
const LONGEST: usize = 32 << 10;
/// How much of a request's body waits for the network, in bytes.
const BUFFER: usize = 64 << 10;

/// How requests are made, and who decides where they may go.
pub(super) struct Client<'a> {
    pub roots: &'a Roots,
    /// Decides about hosts that the user didn't name.
    pub guard: &'a Arc<Guard>,
    /// Whether the user named the first host.
    pub named: bool,
}

impl Client<'_> {
    /// Reads what is at `url`.
    pub(super) async fn get(
        &self,
        url: &Url,
        credentials: Option<&str>,
    ) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
        let (mut at, mut named) = (url.clone(), self.named);
        for _ in 0..=REDIRECTS {
            // Credentials are for the server that they were given for.
            let own = credentials.filter(|_| at.origin() == url.origin());
            let mut sender = self.connect(&at, named).await?;
            let request = request(
                Method::GET,
                &at,
                own,
                Empty::<Bytes>::new().map_err(|never| match never {}),
            )?;
            let response = sender.send_request(request).await.map_err(broken)?;
            if !response.status().is_redirection() {
                let response = accepted(response)?;
                return Ok(Box::pin(Reading {
                    body: response.into_body(),
                    chunk: Bytes::new(),
                    _sender: sender,
                }));
            }
            let next = redirected(&at, &response)?;
            named = self.named && next.origin() == url.origin();
            at = next;
        }
        Err(Failure::new(Kind::Other, format!("the server sent us on more than {REDIRECTS} times")))
    }

    /// Writes to `url`. The connection is made now; the answer is read when the writer is shut
    /// down.
    pub(super) async fn put(
        &self,
        url: &Url,
        credentials: Option<&str>,
        method: Method,
    ) -> Result<Pin<Box<dyn AsyncWrite + Send>>, Failure> {
        let mut sender = self.connect(url, self.named).await?;
        let (near, far) = tokio::io::duplex(BUFFER);
        let request = request(method, url, credentials, Sending(far))?;
        let answer = tokio::spawn(async move {
            let response = sender.send_request(request).await.map_err(broken)?;
            if response.status().is_redirection() {
                let hint = "give the URL that it names; what was sent can't be sent again";
                return Err(
                    Failure::new(Kind::Other, "the server sent us on to another URL").hint(hint)
                );
            }
            accepted(response).map(drop)
        });
        Ok(Box::pin(Writing { near: Some(near), answer }))
    }

    async fn connect<B>(&self, url: &Url, named: bool) -> Result<http1::SendRequest<B>, Failure>
    where
        B: Body<Error = io::Error, Data = Bytes> + Send + 'static,
    {
        let host = url.host_str().ok_or_else(|| Failure::new(Kind::BadUrl, "it names no host"))?;
        let port = url.port_or_known_default().unwrap_or(80);
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let endpoint = Endpoint { host: bare.to_owned(), port };
        if !named && !self.guard.may_request(host, port) {
            let why = format!("`tcp://{endpoint}` isn't granted");
            let rule = format!("tcp://{endpoint}");
            return Err(Failure::new(Kind::Denied, why)
                .hint(Hint::with("allow it with {}", [Setting::Net(Some(rule))])));
        }
        let stream = tcp::dial(&endpoint, (!named).then_some(self.guard)).await;
        let stream = stream.map_err(|failure| match failure.kind {
            Kind::Denied if !named => {
                failure.hint(Hint::with("allow that by a rule for it, {}", [Setting::Net(None)]))
            }
            _ => failure,
        })?;
        if url.scheme() == "https" {
            serve(tls::secure(stream, bare, self.roots).await?).await
        } else {
            serve(stream).await
        }
    }
}

/// Starts HTTP on a connection. Its task ends with the connection.
async fn serve<B>(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<http1::SendRequest<B>, Failure>
where
    B: Body<Error = io::Error, Data = Bytes> + Send + 'static,
{
    let (sender, connection) = http1::handshake(hyper_io::Io(stream)).await.map_err(broken)?;
    // What breaks the connection off is told to whoever sends or reads on it.
    tokio::spawn(connection);
    Ok(sender)
}

fn request<B>(
    method: Method,
    url: &Url,
    credentials: Option<&str>,
    body: B,
) -> Result<Request<B>, Failure> {
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let mut request = Request::builder().method(&method).uri(target).header(HOST, host);
    request = request.header(USER_AGENT, concat!("forebay/", env!("CARGO_PKG_VERSION")));
    if method != Method::GET {
        request = request.header(CONTENT_TYPE, "application/octet-stream");
    }
    if let Some(credentials) = credentials {
        use base64::Engine;
        let encoded = base64::engine::general_purpose::STANDARD.encode(credentials);
        request = request.header(AUTHORIZATION, format!("Basic {encoded}"));
    }
    request.body(body).map_err(|error| {
        Failure::new(Kind::BadUrl, format!("no request can be made of it: {error}"))
    })
}

fn redirected(from: &Url, response: &Response<Incoming>) -> Result<Url, Failure> {
    let target = response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
    let lost = || Failure::new(Kind::Other, "the server sent us on to nowhere");
    let url = from.join(target.ok_or_else(lost)?).map_err(|_| lost())?;
    match url.scheme() {
        // What the server chose isn't the user's mistake.
        _ if url.as_str().len() > LONGEST => {
            Err(Failure::new(Kind::Other, "the server sent us on to a URL that is too long"))
        }
        "https" => Ok(url),
        "http" if from.scheme() == "http" => Ok(url),
        "http" => Err(Failure::new(
            Kind::Denied,
            "the server sent us on from https to http, which anyone can read",
        )),
        _ => Err(lost()),
    }
}

fn accepted(response: Response<Incoming>) -> Result<Response<Incoming>, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let kind = match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Kind::NotFound,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Kind::Denied,
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Kind::TimedOut,
        _ => Kind::Other,
    };
    Err(Failure::new(kind, format!("the server answered {status}")))
}

fn broken(error: hyper::Error) -> Failure {
    use std::error::Error;
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match system {
        Some(system) => Failure::from(crate::stream::failure::copy(system)),
        None if error.is_incomplete_message() => {
            Failure::new(Kind::Closed, "it ended in the middle")
        }
        None => Failure::new(Kind::Other, format!("it isn't HTTP as it should be: {error}")),
    }
}

/// An answer's body.
struct Reading<B> {
    body: Incoming,
    chunk: Bytes,
    /// The connection ends with its sender.
    _sender: http1::SendRequest<B>,
}

impl<B: Unpin> AsyncRead for Reading<B> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.chunk.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => return Poll::Ready(Ok(())),
                Some(frame) => {
                    if let Ok(data) =
                        frame.map_err(|error| io::Error::from(broken(error)))?.into_data()
                    {
                        self.chunk = data;
                    }
                }
            }
        }
        let count = self.chunk.len().min(buffer.remaining());
        buffer.put_slice(&self.chunk[..count]);
        self.chunk.advance(count);
        Poll::Ready(Ok(()))
    }
}

/// A request's body, as it is written.
struct Sending(DuplexStream);

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut buffer = vec![0; BUFFER];
        let mut room = ReadBuf::new(&mut buffer);
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut room))?;
        let count = room.filled().len();
        buffer.truncate(count);
        Poll::Ready((count > 0).then(|| Ok(Frame::data(buffer.into()))))
    }
}

struct Writing {
    /// Dropped to say that the body is at its end.
    near: Option<DuplexStream>,
    answer: JoinHandle<Result<(), Failure>>,
}

impl Writing {
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let answer = ready!(Pin::new(&mut self.answer).poll(cx)).map_err(io::Error::other)?;
        Poll::Ready(answer.map_err(io::Error::from))
    }
}

impl AsyncWrite for Writing {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(near) = &mut self.near else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        match ready!(Pin::new(near).poll_write(cx, bytes)) {
            // The server answered before it had read all, or is gone: that says more.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                ready!(self.poll_answer(cx))?;
                Poll::Ready(Err(error))
            }
            result => Poll::Ready(result),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.near = None;
        self.poll_answer(cx)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.answer.abort();
    }
}

/// tokio's streams as hyper's.
mod hyper_io {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use hyper::rt::{Read, ReadBufCursor, Write};
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    /// A stream of tokio.
    pub struct Io<S>(pub S);

    impl<S: AsyncRead + Unpin> Read for Io<S> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            mut room: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            let mut chunk = [0; 16 << 10];
            let most = room.remaining().min(chunk.len());
            let mut buffer = ReadBuf::new(&mut chunk[..most]);
            ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer))?;
            room.put_slice(buffer.filled());
            Poll::Ready(Ok(()))
        }
    }

    impl<S: AsyncWrite + Unpin> Write for Io<S> {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(cx, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(cx)
        }
    }
}
