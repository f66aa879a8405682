//! `tcp:`: a connection to a peer. Also how every other scheme reaches one, so that the policy is
//! asked in one place.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use crate::policy::{Guard, Transport};
use crate::stream::failure::{Failure, Kind};
use crate::stream::location::Endpoint;
use crate::stream::resolve::look_up;

/// How long a peer may take to accept.
const PATIENCE: Duration = Duration::from_secs(30);

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
pub(super) async fn listen(
    endpoint: &Endpoint,
    guard: &Arc<Guard>,
) -> Result<TcpListener, Failure> {
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
