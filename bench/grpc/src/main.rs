//! `grpc CALLS`: the median time, in nanoseconds, of a call that has ten headers rewritten by
//! another process, through gRPC on a Unix socket that stays open. `grpc serve SOCKET` is that
//! other process. The work is that of the guest in `components/rust/pairs`.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::body::Body;
use tonic::transport::{Endpoint, Server, Uri};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

const PATH: &str = "/bench.Headers/Rewrite";

#[derive(Clone, PartialEq, prost::Message)]
struct Header {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Headers {
    #[prost(message, repeated, tag = "1")]
    headers: Vec<Header>,
}

/// The service, as generated code has it.
#[derive(Clone)]
struct Rewriter;

impl tonic::server::NamedService for Rewriter {
    const NAME: &'static str = "bench.Headers";
}

impl Service<http::Request<Body>> for Rewriter {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let rewrite = service_fn(|request: Request<Headers>| async {
            let headers = request.into_inner().headers.into_iter().map(rewritten).collect();
            Ok::<_, Status>(Response::new(Headers { headers }))
        });
        Box::pin(async move { Ok(tonic::server::Grpc::new(ProstCodec::default()).unary(rewrite, request).await) })
    }
}

fn rewritten(Header { name, value }: Header) -> Header {
    let value = match name.as_str() {
        "host" => "upstream.example".to_owned(),
        "connection" => "keep-alive".to_owned(),
        "x-forwarded-for" => format!("{value}, 192.0.2.1"),
        _ => value,
    };
    Header { name, value }
}

fn headers() -> Vec<Header> {
    const HEADERS: [(&str, &str); 10] = [
        ("host", "shop.example"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-language", "en-GB,en;q=0.7,de;q=0.3"),
        ("accept-encoding", "gzip, deflate, br"),
        ("connection", "close"),
        ("cookie", "session=4f2c9a17e5b84d0c9d3e; theme=dark"),
        ("x-forwarded-for", "198.51.100.7"),
        ("x-request-id", "9b2f7c1e-5a44-4b0e-8f0a-1d2c3b4a5968"),
        ("cache-control", "max-age=0"),
    ];
    HEADERS.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [serve, socket] if serve == "serve" => {
            let listener = UnixListenerStream::new(UnixListener::bind(socket)?);
            Ok(Server::builder().add_service(Rewriter).serve_with_incoming(listener).await?)
        }
        [calls] => {
            println!("{}", measure(calls.parse()?).await?);
            Ok(())
        }
        _ => Err("usage: grpc CALLS | grpc serve SOCKET".into()),
    }
}

/// The other process, which ends with this one.
struct Other(Child, PathBuf);

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_file(&self.1);
    }
}

async fn measure(calls: usize) -> Result<u128, Box<dyn std::error::Error>> {
    let socket = std::env::temp_dir().join(format!("grpc-{}.sock", std::process::id()));
    let child = Command::new(std::env::current_exe()?).arg("serve").arg(&socket).spawn()?;
    let other = Other(child, socket);
    let mut client = tonic::client::Grpc::new(connect(&other.1).await?);
    let mut samples = Vec::with_capacity(calls);
    for _ in 0..calls {
        let request = Request::new(Headers { headers: headers() });
        let start = Instant::now();
        client.ready().await?;
        let codec = ProstCodec::<Headers, Headers>::default();
        let answer = client.unary(request, PathAndQuery::from_static(PATH), codec).await?.into_inner();
        samples.push(start.elapsed().as_nanos());
        assert!(answer.headers.len() == 10 && answer.headers[5].value == "keep-alive");
    }
    samples.sort_unstable();
    Ok(samples[calls / 2])
}

async fn connect(socket: &Path) -> Result<tonic::transport::Channel, Box<dyn std::error::Error>> {
    let path = socket.to_owned();
    let dial = move |_: Uri| {
        let path = path.clone();
        async move { Ok::<_, std::io::Error>(TokioIo::new(UnixStream::connect(path).await?)) }
    };
    // The other process needs a moment to listen.
    for _ in 0..200 {
        match Endpoint::from_static("http://localhost").connect_with_connector(service_fn(dial.clone())).await {
            Ok(channel) => return Ok(channel),
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    Err("the other process doesn't listen".into())
}
