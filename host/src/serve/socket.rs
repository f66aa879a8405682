//! A socket that is bound and accepts: of TCP, or at a path.

use std::io;
use std::net::{SocketAddr, TcpListener as StdTcp, ToSocketAddrs as _};
use std::os::unix::net::{UnixListener as StdUnix, UnixStream as StdUnixStream};
use std::path::{Path, PathBuf};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::error::{Class, Error, Result};

/// How many connections the system keeps that aren't accepted yet.
const BACKLOG: i32 = 1024;

/// A socket that is bound.
pub(super) enum Standing {
    /// Of TCP, at this address.
    Tcp(StdTcp, SocketAddr),
    /// At a path, which is removed with it.
    Unix(StdUnix, AtPath),
}

/// A socket's file, for as long as this lives.
#[derive(Debug)]
pub(super) struct AtPath(pub PathBuf);

/// A socket that accepts.
pub(super) enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener, AtPath),
}

/// A connection that was accepted.
pub(super) enum Accepted {
    /// Of a peer at this address.
    Tcp(TcpStream, SocketAddr),
    /// Of a socket at a path.
    Unix(UnixStream),
}

impl Drop for AtPath {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Standing {
    /// Binds a TCP socket to `place`, `HOST:PORT`; port 0 lets the system choose.
    ///
    /// # Errors
    /// `Class::Usage` when that is no address, `Class::Host` when it can't be bound.
    pub fn tcp(place: &str) -> Result<Standing> {
        let addresses = place.to_socket_addrs().map_err(|error| {
            Error::new(Class::Usage, format!("`{place}` is no address to listen at"))
                .cause(error)
                .hint("write `HOST:PORT`, e.g. `127.0.0.1:8080`, or `[::1]:0`")
        })?;
        let mut socket = Err(io::ErrorKind::AddrNotAvailable.into());
        for address in addresses {
            // The next address of a name may be free.
            socket = bound(address);
            if socket.is_ok() {
                break;
            }
        }
        socket
            .and_then(|socket| Ok((socket.local_addr()?, socket)))
            .map(|(address, socket)| Standing::Tcp(socket, address))
            .map_err(|error| cannot(place, error, "port 0 lets the system choose one"))
    }

    /// Binds a socket to a path. What an ended server left there is replaced.
    ///
    /// # Errors
    /// `Class::Host` when it can't be bound.
    pub fn unix(path: &Path) -> Result<Standing> {
        let shown = path.display().to_string();
        let bind = || StdUnix::bind(path);
        let socket = match bind() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_left_over(path) => {
                std::fs::remove_file(path).and_then(|()| bind())
            }
            bound => bound,
        };
        socket
            .map(|socket| Standing::Unix(socket, AtPath(path.to_owned())))
            .map_err(|error| cannot(&shown, error, "a socket that nobody listens at is replaced"))
    }

    /// Has it accept.
    ///
    /// # Errors
    /// The system's.
    pub fn accepting(self) -> io::Result<Accepting> {
        Ok(match self {
            Standing::Tcp(socket, _) => {
                socket.set_nonblocking(true)?;
                Accepting::Tcp(TcpListener::from_std(socket)?)
            }
            Standing::Unix(socket, path) => {
                socket.set_nonblocking(true)?;
                Accepting::Unix(UnixListener::from_std(socket)?, path)
            }
        })
    }
}

impl Accepting {
    /// The next connection.
    ///
    /// # Errors
    /// The system's; some are about one connection only.
    pub async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Accepting::Tcp(socket) => {
                let (stream, peer) = socket.accept().await?;
                // Without it small replies may wait for the peer's acknowledgements.
                let _ = stream.set_nodelay(true);
                Ok(Accepted::Tcp(stream, peer))
            }
            Accepting::Unix(socket, _) => Ok(Accepted::Unix(socket.accept().await?.0)),
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<StdTcp> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Whether a path is a socket that nobody listens at.
fn is_left_over(path: &Path) -> bool {
    let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    StdUnixStream::connect(path).is_err_and(|error| refused(&error))
}

fn cannot(place: &str, error: io::Error, hint: &str) -> Error {
    Error::new(Class::Host, format!("cannot listen at `{place}`"))
        .cause(error)
        .hint(format!("is something else listening there? {hint}"))
}
