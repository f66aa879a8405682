//! `tcp:`: a connection to a peer. Also how every other scheme reaches one, so that the policy is
//! asked in one place.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use crate::policy::{Guard, Transport};
use crate::stream::endpoint::Endpoint;
use crate::stream::failure::{Failure, Kind};
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::resolve::look_up;
use crate::stream::scheme::{Bound, Dialled, HostPlace, Opening, Scheme, Target, Text};

/// How long a peer may take to accept.
const PATIENCE: Duration = Duration::from_secs(30);

/// The scheme.
pub(super) struct Tcp;

/// A peer, or an address to listen at.
#[derive(Debug)]
pub(super) struct Peer(pub Endpoint);

impl Scheme for Tcp {
    fn names(&self) -> &'static [&'static str] {
        &["tcp"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        Ok(Arc::new(Peer(Endpoint::of_url(url.whole)?)))
    }

    fn connection(&self) -> Option<&'static str> {
        Some("tcp://HOST:PORT")
    }
}

impl Target for Peer {
    fn scheme(&self) -> &'static str {
        "tcp"
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
        Box::pin(async move { dial(&self.0, context.guard(authority)).await.map(Dialled::Tcp) })
    }

    fn listen<'a>(&'a self, context: &'a OpenContext) -> Opening<'a, Bound> {
        Box::pin(async move { listen(&self.0, &context.guard).await.map(Bound::Tcp) })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tcp://{}", self.0)
    }
}

/// Connects to the first address of `endpoint` that answers. `guard` decides about what a guest
/// asked for; what the user named is not asked about.
pub(crate) async fn dial(
    endpoint: &Endpoint,
    guard: Option<&Arc<Guard>>,
) -> Result<TcpStream, Failure> {
    if endpoint.port == 0 {
        return Err(Failure::new(Kind::BadUrl, "there is no port 0 to connect to"));
    }
    let denied = |why: String| Failure::new(Kind::Denied, why);
    if guard.is_some_and(|guard| !guard.may_look_up(&endpoint.host)) {
        return Err(denied(format!("`tcp://{endpoint}` isn't granted")));
    }
    let addresses = patiently(look_up(guard.map(Arc::as_ref), &endpoint.host, endpoint.port));
    let addresses = addresses.await.map_err(|failure| match failure.kind {
        Kind::TimedOut => failure,
        _ => Failure::new(Kind::NotFound, format!("there is no host `{}`", endpoint.host)),
    })?;
    let addresses = match guard {
        Some(guard) => {
            // What is checked is what is connected to: nobody looks the name up again.
            let found: Vec<_> = addresses.iter().map(|address| address.ip()).collect();
            guard.reachable(&endpoint.host, endpoint.port, &found).map_err(denied)?
        }
        None => addresses,
    };
    let mut last = Failure::new(Kind::NotFound, format!("`{}` has no address", endpoint.host));
    for address in addresses {
        match patiently(TcpStream::connect(address)).await {
            Ok(stream) => {
                // Guests write in chunks; waiting to fill a packet would only delay each.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

/// Listens at an address, for a guest that is allowed to.
async fn listen(endpoint: &Endpoint, guard: &Arc<Guard>) -> Result<TcpListener, Failure> {
    let address: SocketAddr = match endpoint.host.parse() {
        Ok(ip) => SocketAddr::new(ip, endpoint.port),
        Err(_) => {
            return Err(Failure::new(Kind::BadUrl, "one listens at an address, not at a name")
                .hint("write `tcp://127.0.0.1:PORT` or `tcp://[::]:PORT`"));
        }
    };
    if !guard.may_bind(Transport::Tcp, address) || !guard.may_listen(Transport::Tcp, address) {
        let why = format!("`listen+tcp://{endpoint}` isn't granted");
        return Err(Failure::new(Kind::Denied, why));
    }
    Ok(TcpListener::bind(address).await?)
}

/// Gives up after a while.
pub(super) async fn patiently<T>(work: impl Future<Output = io::Result<T>>) -> Result<T, Failure> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(Failure::new(
            Kind::TimedOut,
            format!("nothing answered within {} s", PATIENCE.as_secs()),
        )),
    }
}
