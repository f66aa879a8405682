//! A connected socket as one thing: both directions, who is at its ends, and ways to end it.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::stream::endpoint::Endpoint;
use crate::stream::failure::{Failure, Failures};
use crate::stream::location::Location;
use crate::stream::sink::Sink;
use crate::stream::source::Source;

/// A connection. Its directions can be taken from it once each.
pub struct Connection {
    input: Option<Source>,
    output: Option<Sink>,
    /// Stays when `output` was taken, to finish it.
    sink: Sink,
    /// For breaking it off, where the transport has a way to.
    tcp: Option<Arc<TcpStream>>,
    peer: String,
    local: String,
}

impl Connection {
    pub(super) fn tcp(
        stream: TcpStream,
        location: Location,
        failures: &Failures,
    ) -> io::Result<Connection> {
        // A peer that reset the connection already has no address any more; reading says so.
        let peer = stream
            .peer_addr()
            .map_or_else(|_| location.to_string(), |address| format!("tcp://{address}"));
        let local = format!("tcp://{}", stream.local_addr()?);
        let stream = Arc::new(stream);
        let halves = (Box::pin(Half(stream.clone())), Box::pin(Half(stream.clone())));
        Ok(Connection {
            tcp: Some(stream),
            ..Connection::new(halves.0, halves.1, peer, local, location, failures)
        })
    }

    /// `peer` and `local` are what the guest calls the ends; the system would tell where they are on
    /// the host.
    pub(super) fn unix(
        stream: UnixStream,
        (peer, local): (String, String),
        location: Location,
        failures: &Failures,
    ) -> Connection {
        let stream = Arc::new(stream);
        Connection::new(
            Box::pin(Half(stream.clone())),
            Box::pin(Half(stream)),
            peer,
            local,
            location,
            failures,
        )
    }

    /// A connection over any duplex stream.
    pub(super) fn duplex(
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        (peer, local): (String, String),
        location: Location,
        failures: &Failures,
    ) -> Connection {
        let (reader, writer) = tokio::io::split(stream);
        Connection::new(Box::pin(reader), Box::pin(writer), peer, local, location, failures)
    }

    fn new(
        reader: Pin<Box<dyn AsyncRead + Send>>,
        writer: Pin<Box<dyn AsyncWrite + Send>>,
        peer: String,
        local: String,
        location: Location,
        failures: &Failures,
    ) -> Connection {
        let sink = Sink::new(location.clone(), writer, failures.clone());
        let input = Some(Source::new(location, reader, failures.clone()));
        Connection { input, output: Some(sink.clone()), sink, tcp: None, peer, local }
    }

    /// A connection that somebody else opened and reads and writes by these. `tcp` is for breaking
    /// it off. What breaks off is nobody's failure but the peer's.
    pub(crate) fn accepted(
        (reader, writer): (Pin<Box<dyn AsyncRead + Send>>, Pin<Box<dyn AsyncWrite + Send>>),
        (peer, local): (String, String),
        tcp: Option<Arc<TcpStream>>,
    ) -> Connection {
        let (location, failures) = (Location::STANDARD, Failures::default());
        Connection { tcp, ..Connection::new(reader, writer, peer, local, location, &failures) }
    }

    /// What the peer sends; once.
    pub fn take_input(&mut self) -> Option<Source> {
        self.input.take()
    }

    /// What the peer gets; once.
    pub fn take_output(&mut self) -> Option<Sink> {
        self.output.take()
    }

    /// The writing end, to finish it.
    pub fn sink(&self) -> &Sink {
        &self.sink
    }

    /// Where the peer is, as a URL.
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// Where our end is, as a URL.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Breaks it off: over TCP the peer sees a reset once all ends are dropped; elsewhere it sees
    /// an end.
    pub fn abort(&mut self) {
        if let Some(tcp) = &self.tcp {
            // Without the option the peer sees an end, which is as well as can be done then.
            let _ = tcp.set_zero_linger();
        }
        self.input = None;
        self.output = None;
    }
}

/// A socket that accepts connections.
pub struct Listener {
    socket: Socket,
    failures: Failures,
}

enum Socket {
    Tcp(TcpListener),
    /// With the path that the guest knows it by.
    Unix(UnixListener, PathBuf),
}

impl Listener {
    pub(super) fn tcp(socket: TcpListener, failures: &Failures) -> Listener {
        Listener { socket: Socket::Tcp(socket), failures: failures.clone() }
    }

    pub(super) fn unix(socket: UnixListener, named: PathBuf, failures: &Failures) -> Listener {
        Listener { socket: Socket::Unix(socket, named), failures: failures.clone() }
    }

    /// Waits for the next connection.
    ///
    /// # Errors
    /// When the system can't give one, out of descriptors for example.
    pub fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Connection, Failure>> {
        Poll::Ready(match &self.socket {
            Socket::Tcp(socket) => {
                let (stream, peer) = ready!(socket.poll_accept(cx))?;
                stream.set_nodelay(true)?;
                let peer = Endpoint { host: peer.ip().to_string(), port: peer.port() };
                Ok(Connection::tcp(stream, Location::tcp(peer), &self.failures)?)
            }
            Socket::Unix(socket, named) => {
                let (stream, _) = ready!(socket.poll_accept(cx))?;
                let (ends, location) =
                    (("unix:".to_owned(), self.local()), Location::unix(named.clone()));
                Ok(Connection::unix(stream, ends, location, &self.failures))
            }
        })
    }

    /// Where it listens, as a URL.
    pub fn local(&self) -> String {
        match &self.socket {
            Socket::Tcp(socket) => socket
                .local_addr()
                .map_or_else(|_| "tcp:".into(), |address| format!("tcp://{address}")),
            Socket::Unix(_, named) => format!("unix:{}", named.display()),
        }
    }
}

/// One direction of a socket that both directions share.
pub(crate) struct Half<S>(pub Arc<S>);

/// What both kinds of socket have, but no trait of tokio.
pub(crate) trait Shared {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
    fn shut_down(&self) -> io::Result<()>;
}

macro_rules! shared {
    ($socket:ty) => {
        impl Shared for $socket {
            fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_read_ready(cx)
            }
            fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_write_ready(cx)
            }
            fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
                self.try_read(buffer)
            }
            fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
                self.try_write(bytes)
            }
            fn shut_down(&self) -> io::Result<()> {
                socket2::SockRef::from(self).shutdown(std::net::Shutdown::Write)
            }
        }
    };
}

shared!(TcpStream);
shared!(UnixStream);

impl<S: Shared> AsyncRead for Half<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self.0.try_read(buffer.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.0.poll_read_ready(cx))?
                }
                result => {
                    buffer.advance(result?);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl<S: Shared> AsyncWrite for Half<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.0.poll_write_ready(cx))?
                }
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.shut_down())
    }
}
