//! A bound listener, and accepting from it: so many connections at the same time, so many of one
//! peer, and on when the system has no more descriptors.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::{Class, Error, Result};
use crate::serve::admin;
use crate::serve::event::Event;
use crate::serve::http::{self, Peer};
use crate::serve::peers::{Counted, Peers};
use crate::serve::plain::{self, Ends, PlainPeer, Use};
use crate::serve::shared::Shared;
use crate::serve::socket::{Accepted, Accepting, Standing};
use crate::serve::tls::{TWO, Tls};

/// How long to wait when the system has no more descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// What is spoken on a listener.
#[derive(Clone, Copy)]
pub(super) enum Speech {
    /// HTTP.
    Http,
    /// Whatever guests speak.
    Plain(Use),
    /// What whoever runs the server asks.
    Admin,
}

/// A listener that is bound.
pub(super) struct Listener {
    socket: Standing,
    speech: Speech,
    tls: Option<Tls>,
}

impl Listener {
    /// Binds a TCP socket to `place`, `HOST:PORT`; port 0 lets the system choose.
    ///
    /// # Errors
    /// As [`Standing::tcp`].
    pub fn tcp(place: &str, speech: Speech, tls: Option<Tls>) -> Result<Listener> {
        Ok(Listener { socket: Standing::tcp(place)?, speech, tls })
    }

    /// Binds a socket to a path. It isn't secured: who may open it is the file system's business.
    ///
    /// # Errors
    /// As [`Standing::unix`].
    pub fn unix(path: &Path, speech: Speech) -> Result<Listener> {
        Ok(Listener { socket: Standing::unix(path)?, speech, tls: None })
    }

    /// Where it listens, as a URL.
    pub fn url(&self) -> String {
        let address = match &self.socket {
            Standing::Unix(_, path) => return format!("unix:{}", path.0.display()),
            Standing::Tcp(_, address) => address,
        };
        match (self.speech, &self.tls) {
            (Speech::Http | Speech::Admin, None) => format!("http://{address}/"),
            (Speech::Http | Speech::Admin, Some(_)) => format!("https://{address}/"),
            (Speech::Plain(Use::Gopher), None) => format!("gopher://{address}/"),
            (Speech::Plain(Use::Gopher), Some(_)) => format!("gophers://{address}/"),
            (Speech::Plain(_), None) => format!("tcp://{address}"),
            (Speech::Plain(_), Some(_)) => format!("tls://{address}"),
        }
    }

    /// Accepts connections, each with a task in `tasks`, until the server drains.
    ///
    /// # Errors
    /// `Class::Host` when the system doesn't let the socket be used.
    pub async fn accept(self, crowd: Crowd, tasks: &mut JoinSet<()>) -> Result<()> {
        let (url, speech) = (self.url(), self.speech);
        let socket = self.socket.accepting().map_err(|error| {
            Error::new(Class::Host, format!("cannot accept at {url}")).cause(error)
        })?;
        let path: Arc<str> = match &socket {
            Accepting::Unix(_, path) => path.0.display().to_string().into(),
            Accepting::Tcp(_) => "".into(),
        };
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
            let accepted = match accepted {
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
            let Ok(counted) = crowd.count(&accepted) else { continue };
            let (shared, tls, path) = (crowd.shared.clone(), self.tls.clone(), path.clone());
            tasks.spawn(async move {
                let _held = (place, counted);
                converse(shared, accepted, Way { speech, tls, path }).await;
            });
        }
    }
}

/// How a listener's connections are served.
struct Way {
    speech: Speech,
    tls: Option<Tls>,
    /// Of its socket, if it has one.
    path: Arc<str>,
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

    /// Counts a connection of its peer's.
    ///
    /// # Errors
    /// When that has too many.
    fn count(&self, accepted: &Accepted) -> Result<Option<Counted>, ()> {
        let Accepted::Tcp(_, peer) = accepted else { return Ok(None) };
        match self.most_of(peer.ip()) {
            Some(most) => self.peers.add(peer.ip(), most).map(Some).ok_or(()),
            None => Ok(None),
        }
    }

    /// How many connections an address may have.
    fn most_of(&self, address: IpAddr) -> Option<usize> {
        let said = self.shared.limits.connections_per_peer;
        said.or_else(|| (!address.to_canonical().is_loopback()).then_some(64))
    }
}

/// Speaks with one peer until one of both ends it.
async fn converse(shared: Arc<Shared>, accepted: Accepted, way: Way) {
    let (stream, peer) = match accepted {
        Accepted::Tcp(stream, peer) => (stream, peer),
        Accepted::Unix(stream) => {
            return match way.speech {
                Speech::Http => {
                    let address = format!("unix:{}", way.path);
                    http::serve(shared, stream, Peer { address, secure: false, two: None }).await
                }
                Speech::Admin => admin::serve(shared, stream).await,
                Speech::Plain(how) => {
                    let peer = PlainPeer::unix(stream, Ends::Unix(way.path.to_string()));
                    plain::serve(shared, peer, how).await
                }
            };
        }
    };

    // One that has been reset already has no addresses any more.
    let Ok(local) = stream.local_addr() else { return };
    let (address, ends) = (peer.to_string(), Ends::Tcp(peer, local));
    let Some(tls) = way.tls else {
        return match way.speech {
            Speech::Http => {
                http::serve(shared, stream, Peer { address, secure: false, two: None }).await
            }
            Speech::Admin => admin::serve(shared, stream).await,
            Speech::Plain(how) => plain::serve(shared, PlainPeer::tcp(stream, ends), how).await,
        };
    };
    let handshake = tls.acceptor().accept(stream);
    let Ok(Ok(stream)) = timeout(shared.limits.head_time, handshake).await else { return };
    match way.speech {
        Speech::Http => {
            let two = Some(stream.get_ref().1.alpn_protocol() == Some(TWO));
            http::serve(shared, stream, Peer { address, secure: true, two }).await
        }
        Speech::Admin => admin::serve(shared, stream).await,
        Speech::Plain(how) => plain::serve(shared, PlainPeer::secured(stream, ends), how).await,
    }
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
