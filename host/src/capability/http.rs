//! Outgoing HTTP requests, each decided by the guard before a connection is made, to an address
//! that it has checked, under the certificates that the user believes.

mod exchange;
mod held;
mod path;
pub(super) mod wasi02;
pub(super) mod wasi03;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Request;
use http::uri::Scheme;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use crate::account::Account;
use crate::capability::http::exchange::{Answer, CONNECTION, Done, PATIENCE, exchange};
use crate::capability::http::held::{CHUNK, size};
use crate::capability::http::path::target;
use crate::event::Event;
use crate::policy::Guard;
use crate::stream::{Endpoint, Failure, Kind, Roots, dial, secure};

/// Sends a guest's requests where the guard allows.
#[derive(Clone)]
pub struct Egress {
    /// Who decides.
    guard: Arc<Guard>,
    /// Whose certificates are believed.
    roots: Roots,
    /// Whether it was told that one isn't.
    told: Arc<AtomicBool>,
    /// Where connections are charged.
    account: Account,
}

impl Egress {
    /// Sends where `guard` allows, to whom `roots` believe; what connections hold is charged to
    /// `account`.
    pub fn new(guard: Arc<Guard>, roots: Roots, account: &Account) -> Egress {
        Egress { guard, roots, told: Arc::default(), account: account.clone() }
    }

    async fn send(self, mut request: Request<WasiBody>, options: RequestOptions) -> Result<Answer> {
        let uri = request.uri();
        let host =
            uri.host().filter(|host| !host.is_empty()).ok_or(Error::HttpRequestUriInvalid)?;
        let secured = uri.scheme() == Some(&Scheme::HTTPS);
        let port = uri.port_u16().unwrap_or(if secured { 443 } else { 80 });
        if !self.guard.may_request(host, port) {
            return Err(Error::HttpRequestDenied);
        }
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let held = self.account.charge(CONNECTION + size(request.headers()));
        let held = held.map_err(|over| Error::InternalError(Some(over.to_string())))?;
        let server = Endpoint { host: bare.to_owned(), port };
        *request.uri_mut() = target(uri)?;

        let connecting = async {
            let stream = dial(&server, Some(&self.guard)).await.map_err(unreached)?;
            if !secured {
                return Ok::<Box<dyn Wire>, Error>(Box::new(stream));
            }
            let secured = secure(stream, &server.host, &self.roots).await;
            Ok(Box::new(secured.map_err(|failure| self.unsecured(&server, failure))?))
        };
        let wire = timeout(options.connect_timeout.unwrap_or(PATIENCE), connecting)
            .await
            .map_err(|_| Error::ConnectionTimeout)??;
        exchange(wire, request, options, held).await
    }

    /// Tells the user, once, what the guest learns a code of only.
    fn unsecured(&self, server: &Endpoint, failure: Failure) -> Error {
        match failure.kind {
            Kind::TimedOut => Error::ConnectionTimeout,
            _ if failure.why.contains("certificate") => {
                if !self.told.swap(true, Ordering::Relaxed) {
                    let server = format!("https://{server}");
                    let Failure { why, hint, .. } = failure;
                    self.guard.tell(Event::Untrusted { server, why, hint });
                }
                Error::TlsCertificateError
            }
            _ => Error::TlsProtocolError,
        }
    }
}

type Sent = Box<dyn Future<Output = Result<Answer>> + Send>;

impl WasiHttpHooks for Egress {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _received: Done,
    ) -> Sent {
        Box::new(self.clone().send(request, options.unwrap_or_default()))
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }
}

/// A connection, plain or not.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Wire for S {}

fn unreached(failure: Failure) -> Error {
    match failure.kind {
        Kind::Denied => Error::HttpRequestDenied,
        Kind::NotFound => {
            Error::DnsError { rcode: Some("address not available".to_owned()), info_code: None }
        }
        Kind::TimedOut => Error::ConnectionTimeout,
        Kind::Refused => Error::ConnectionRefused,
        Kind::Closed => Error::ConnectionTerminated,
        Kind::BadUrl => Error::HttpRequestUriInvalid,
        Kind::UnknownScheme | Kind::Other => Error::DestinationUnavailable,
    }
}
