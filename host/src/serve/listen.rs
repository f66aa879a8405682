//! A bound listener, and accepting from it: so many connections at the same time, so many of one
//! peer, and on when the system has no more descriptors.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener as StdListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::{Class, Error, Result};
use crate::serve::event::Event;
use crate::serve::http::{self, Peer};
use crate::serve::peers::Peers;
use crate::serve::shared::Shared;
use crate::serve::tls::{TWO, Tls};

/// How many connections the system keeps that aren't accepted yet.
const BACKLOG: i32 = 1024;
/// How long to wait when the system has no more descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// What is spoken on a listener.
#[derive(Clone)]
pub(super) enum Speech {
    /// HTTP.
    Http,
}

/// A listener that is bound.
pub(super) struct Listener {
    socket: StdListener,
    address: SocketAddr,
    speech: Speech,
    tls: Option<Tls>,
}

impl Listener {
    /// Binds a TCP socket to `place`, `HOST:PORT`; port 0 lets the system choose.
    ///
    /// # Errors
    /// `Class::Usage` when that is no address, `Class::Host` when it can't be bound.
    pub fn bind(place: &str, speech: Speech, tls: Option<Tls>) -> Result<Listener> {
        let mut addresses = place.to_socket_addrs().map_err(|error| {
            Error::new(Class::Usage, format!("`{place}` is no address to listen at"))
                .cause(error)
                .hint("write `HOST:PORT`, e.g. `127.0.0.1:8080`, or `[::1]:0`")
        })?;
        let bound = addresses.find_map(|address| match bound(address) {
            // The next address of a name may be free.
            Err(_) if addresses_left(place, address) => None,
            bound => Some(bound),
        });
        let socket = bound.unwrap_or_else(|| Err(io::ErrorKind::AddrNotAvailable.into()));
        let (socket, address) = socket
            .and_then(|socket| Ok((socket.local_addr()?, socket)))
            .map(|(address, socket)| (socket, address))
            .map_err(|error| {
                Error::new(Class::Host, format!("cannot listen at `{place}`"))
                    .cause(error)
                    .hint("is something else listening there? port 0 lets the system choose one")
            })?;
        Ok(Listener { socket, address, speech, tls })
    }

    /// Where it listens, as a URL.
    pub fn url(&self) -> String {
        match (&self.speech, &self.tls) {
            (Speech::Http, None) => format!("http://{}/", self.address),
            (Speech::Http, Some(_)) => format!("https://{}/", self.address),
        }
    }

    /// Accepts connections, each with a task in `tasks`, until the server drains.
    ///
    /// # Errors
    /// `Class::Host` when the system doesn't let the socket be used.
    pub async fn accept(self, crowd: Crowd, tasks: &mut JoinSet<()>) -> Result<()> {
        let failed = |error: io::Error| {
            Error::new(Class::Host, format!("cannot accept at {}", self.address)).cause(error)
        };
        self.socket.set_nonblocking(true).map_err(failed)?;
        let socket = TcpListener::from_std(self.socket).map_err(failed)?;
        let mut drain = crowd.shared.drain.clone();
        let mut short = false;

        loop {
            let place = crowd.places.clone().acquire_owned();
            let accepted = async {
                let place = place.await.expect("nobody closes it");
                (place, socket.accept().await)
            };
            let (place, accepted) = tokio::select! {
                biased;
                _ = drain.wait_for(|draining| *draining) => return Ok(()),
                accepted = accepted => accepted,
            };
            while tasks.try_join_next().is_some() {}
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if passing(&error) => continue,
                Err(error) => {
                    if !std::mem::replace(&mut short, true) {
                        let why = format!("cannot accept connections for now: {error}");
                        crowd.shared.events.emit(Event::Impaired { why });
                    }
                    sleep(BREATH).await;
                    continue;
                }
            };
            short = false;
            let counted = match crowd.most_of(peer.ip()) {
                Some(most) => match crowd.peers.add(peer.ip(), most) {
                    Some(counted) => Some(counted),
                    // It has too many.
                    None => continue,
                },
                None => None,
            };
            let (shared, tls) = (crowd.shared.clone(), self.tls.clone());
            tasks.spawn(async move {
                let _held = (place, counted);
                // Without it small replies may wait for the peer's acknowledgements.
                let _ = stream.set_nodelay(true);
                converse(shared, stream, peer, tls).await;
            });
        }
    }
}

/// How many connections a server has, all together.
#[derive(Clone)]
pub(super) struct Crowd {
    pub shared: Arc<Shared>,
    places: Arc<Semaphore>,
    peers: Peers,
}

impl Crowd {
    pub fn new(shared: Arc<Shared>) -> Crowd {
        let most = shared.limits.connections.clamp(1, Semaphore::MAX_PERMITS);
        Crowd { shared, places: Arc::new(Semaphore::new(most)), peers: Peers::default() }
    }

    /// How many connections an address may have.
    fn most_of(&self, address: IpAddr) -> Option<usize> {
        let said = self.shared.limits.connections_per_peer;
        said.or_else(|| (!address.to_canonical().is_loopback()).then_some(64))
    }
}

/// Speaks with one peer until one of both ends it.
async fn converse(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr, tls: Option<Tls>) {
    let address = peer.to_string();
    let Some(tls) = tls else {
        let peer = Peer { address, secure: false, two: None };
        return http::serve(shared, stream, peer).await;
    };
    let handshake = tls.acceptor().accept(stream);
    let Ok(Ok(stream)) = timeout(shared.limits.head_time, handshake).await else { return };
    let two = Some(stream.get_ref().1.alpn_protocol() == Some(TWO));
    http::serve(shared, stream, Peer { address, secure: true, two }).await
}

fn bound(address: SocketAddr) -> io::Result<StdListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Whether there is another address of the same place after this one.
fn addresses_left(place: &str, address: SocketAddr) -> bool {
    place.to_socket_addrs().is_ok_and(|all| all.last() != Some(address))
}

/// Whether an error is about one connection that has gone already.
fn passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::WouldBlock
    )
}
