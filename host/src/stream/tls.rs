//! `tls:`: a connection whose peer shows a certificate for its name.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::hint::{Hint, Setting};
use crate::stream::endpoint::Endpoint;
use crate::stream::failure::{Failure, Kind};
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::roots::Roots;
use crate::stream::scheme::{Dialled, HostPlace, Opening, Scheme, Target, Text};
use crate::stream::tcp::{self, patiently};

/// The scheme.
pub(super) struct Tls;

/// A peer with a certificate.
#[derive(Debug)]
struct Peer(Endpoint);

impl Scheme for Tls {
    fn names(&self) -> &'static [&'static str] {
        &["tls"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        Ok(Arc::new(Peer(Endpoint::of_url(url.whole)?)))
    }

    fn connection(&self) -> Option<&'static str> {
        Some("tls://HOST:PORT")
    }
}

impl Target for Peer {
    fn scheme(&self) -> &'static str {
        "tls"
    }

    fn size(&self) -> usize {
        self.0.host.len()
    }

    fn connects(&self) -> bool {
        true
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Ports(vec![self.0.port])
    }

    fn dial<'a>(&'a self, context: &'a OpenContext, authority: Authority) -> Opening<'a, Dialled> {
        Box::pin(async move {
            let stream = tcp::dial(&self.0, context.guard(authority)).await?;
            let local = format!("tcp://{}", stream.local_addr()?);
            let stream = secure(stream, &self.0.host, &context.roots).await?;
            Ok(Dialled::Tls(Box::new(stream), local))
        })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tls://{}", self.0)
    }
}

/// Speaks TLS over a connection to `host`.
pub(crate) async fn secure(
    stream: TcpStream,
    host: &str,
    roots: &Roots,
) -> Result<TlsStream<TcpStream>, Failure> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Failure::new(Kind::BadUrl, format!("`{host}` can't be in a certificate")))?;
    let connector = TlsConnector::from(roots.config()?);
    patiently(connector.connect(name, stream)).await.map_err(|failure| {
        if failure.why.contains("UnknownIssuer") {
            Failure::new(failure.kind, "its certificate is from an authority that isn't trusted")
                .hint(Hint::with(
                    "if you trust that authority, give its certificate: {}",
                    [Setting::Authority],
                ))
        } else if failure.why.contains("invalid peer certificate") {
            Failure::new(failure.kind, format!("its certificate isn't valid: {}", failure.why))
        } else {
            failure
        }
    })
}
