//! Who is at the other end of a plain connection, and the connection's two directions.

use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::serve::plain::environment::Ends;
use crate::serve::plain::quiet::Quiet;
use crate::serve::wire::Transport;
use crate::stream::{Connection, Half};

/// A connection, and who is at its ends.
pub(in crate::serve) struct PlainPeer {
    pub ends: Ends,
    pub quiet: Quiet,
    pub reader: Pin<Box<dyn AsyncRead + Send>>,
    pub writer: Pin<Box<dyn AsyncWrite + Send>>,
    /// For breaking it off, where the transport has a way to.
    pub tcp: Option<Arc<TcpStream>>,
}

impl PlainPeer {
    /// Of a TCP connection.
    pub fn tcp(stream: TcpStream, ends: Ends) -> PlainPeer {
        let (stream, quiet) = (Arc::new(stream), Quiet::new());
        PlainPeer {
            reader: Box::pin(quiet.watch(Half(stream.clone()))),
            writer: Box::pin(quiet.watch(Half(stream.clone()))),
            tcp: Some(stream),
            ends,
            quiet,
        }
    }

    /// Of a connection of a Unix socket.
    pub fn unix(stream: UnixStream, ends: Ends) -> PlainPeer {
        let (stream, quiet) = (Arc::new(stream), Quiet::new());
        PlainPeer {
            reader: Box::pin(quiet.watch(Half(stream.clone()))),
            writer: Box::pin(quiet.watch(Half(stream))),
            tcp: None,
            ends,
            quiet,
        }
    }

    /// Of a secured connection.
    pub fn secured(stream: impl Transport, ends: Ends) -> PlainPeer {
        let quiet = Quiet::new();
        let (reader, writer) = tokio::io::split(stream);
        PlainPeer {
            reader: Box::pin(quiet.watch(reader)),
            writer: Box::pin(quiet.watch(writer)),
            tcp: None,
            ends,
            quiet,
        }
    }

    /// The connection as a guest has it.
    pub fn connection(self) -> Connection {
        Connection::accepted((self.reader, self.writer), self.ends.urls(), self.tcp)
    }

    /// Who asks, in a few words.
    pub fn asked(&self, what: &str) -> String {
        match &self.ends {
            Ends::Tcp(peer, _) => format!("{what} from {peer}"),
            Ends::Unix(path) => format!("{what} at {path}"),
        }
    }
}
