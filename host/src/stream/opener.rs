//! Opens locations: the one place that knows every scheme, and whose authority an open is under.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use http::Method;
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use wasmtime_wasi::cli::IsTerminal as _;

use crate::event::Listener as Events;
use crate::policy::Guard;
use crate::stream::connection::{Connection, Listener};
use crate::stream::failure::{Failure, Failures, Kind};
use crate::stream::http::Client;
use crate::stream::location::{Direction, Location};
use crate::stream::mem::Memories;
use crate::stream::sink::Sink;
use crate::stream::source::Source;
use crate::stream::stdio::{Hangup, Input, Output, Stdio, Writer};
use crate::stream::terminal::TextOnly;
use crate::stream::tls::{self, Roots};
use crate::stream::{data, fd, file, log, null, random, stdio, tcp, unix, zero};

/// On whose word something is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The user named it on the command line: that is its grant.
    User,
    /// The guest named it: it needs a grant.
    Guest,
}

/// Opens what is named in one run. Clones share memories, failures and the policy.
#[derive(Clone)]
pub struct Opener {
    guard: Arc<Guard>,
    roots: Roots,
    stdio: Stdio,
    hangup: Hangup,
    memories: Memories,
    failures: Failures,
    events: Events,
}

impl Opener {
    /// An opener under a guest's policy. `stdio` is what `-` stands for; lines for `log:` go to
    /// `events`.
    pub fn new(
        guard: Arc<Guard>,
        roots: Roots,
        stdio: Stdio,
        hangup: Hangup,
        events: Events,
    ) -> Self {
        let (memories, failures) = (Memories::default(), Failures::default());
        Opener { guard, roots, stdio, hangup, memories, failures, events }
    }

    /// The same opener, noting what breaks off where another one does, too.
    pub(crate) fn noting_in(self, failures: Failures) -> Opener {
        Opener { failures, ..self }
    }

    /// What broke off so far.
    pub fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Opens something to read.
    ///
    /// # Errors
    /// When it can't be, or not by this authority.
    pub async fn source(
        &self,
        location: &Location,
        authority: Authority,
    ) -> Result<Source, Failure> {
        location.check(Direction::Source)?;
        self.permit(location, authority)?;
        let reader: Pin<Box<dyn AsyncRead + Send>> = match location {
            Location::Path(path) => {
                let holds = |real: &Path| self.guard.holds(real, false);
                let path = self.resolve(path, Direction::Source, authority)?;
                file::source(&path, (authority == Authority::Guest).then_some(&holds)).await?
            }
            Location::Standard => self.standard_input()?,
            Location::Descriptor(number) => Box::pin(fd::open(*number, Interest::READABLE)?),
            Location::Tcp(_) | Location::Tls(_) | Location::Unix(_) => {
                let mut connection = self.dial(location, authority).await?;
                return connection
                    .take_input()
                    .ok_or_else(|| Failure::new(Kind::Closed, "it is closed"));
            }
            Location::Http { url, credentials, .. } => {
                self.client(authority).get(url, credentials.as_deref()).await?
            }
            Location::Random(length) => random::source(*length),
            Location::Zero(length) => zero::source(*length),
            Location::Null => null::source(),
            Location::Data(bytes) => data::source(bytes.clone()),
            Location::Memory(name) => self.memories.source(name)?,
            Location::Log(_) => unreachable!("checked above"),
        };
        Ok(Source::new(location.clone(), reader, self.failures.clone()))
    }

    /// Opens something to write; at its end, if `append` and it is a file or memory.
    ///
    /// # Errors
    /// When it can't be, or not by this authority.
    pub async fn sink(
        &self,
        location: &Location,
        append: bool,
        authority: Authority,
    ) -> Result<Sink, Failure> {
        location.check(Direction::Sink)?;
        self.permit(location, authority)?;
        let writer: Pin<Box<dyn AsyncWrite + Send>> = match location {
            Location::Path(path) => {
                let holds = |real: &Path| self.guard.holds(real, true);
                let path = self.resolve(path, Direction::Sink, authority)?;
                file::sink(&path, append, (authority == Authority::Guest).then_some(&holds)).await?
            }
            Location::Standard => match Writer::stdout(&self.stdio.stdout, &self.hangup) {
                Some(writer) => Box::pin(writer),
                None => null::sink(),
            },
            Location::Descriptor(number) => Box::pin(fd::open(*number, Interest::WRITABLE)?),
            Location::Tcp(_) | Location::Tls(_) | Location::Unix(_) => {
                let mut connection = self.dial(location, authority).await?;
                return connection
                    .take_output()
                    .ok_or_else(|| Failure::new(Kind::Closed, "it is closed"));
            }
            Location::Http { url, credentials, post } => {
                let method = if *post { Method::POST } else { Method::PUT };
                self.client(authority).put(url, credentials.as_deref(), method).await?
            }
            Location::Null => null::sink(),
            Location::Memory(name) => self.memories.sink(name, append)?,
            Location::Log(prefix) => log::sink(prefix, &self.events),
            Location::Random(_) | Location::Zero(_) | Location::Data(_) => {
                unreachable!("checked above")
            }
        };
        Ok(Sink::new(location.clone(), writer, self.failures.clone()))
    }

    /// Standard output as where a result goes that the user gave no place: on a terminal it takes
    /// text only.
    pub fn output(&self) -> Sink {
        let writer: Pin<Box<dyn AsyncWrite + Send>> =
            match Writer::stdout(&self.stdio.stdout, &self.hangup) {
                Some(writer) if writer.is_terminal() => Box::pin(TextOnly(writer)),
                Some(writer) => Box::pin(writer),
                None => match &self.stdio.stdout {
                    Output::Handed(stream) => Box::pin(stream.writer()),
                    _ => null::sink(),
                },
            };
        Sink::new(Location::Standard, writer, self.failures.clone())
    }

    /// Connects to a peer.
    ///
    /// # Errors
    /// When it can't be reached, or not by this authority.
    pub async fn dial(
        &self,
        location: &Location,
        authority: Authority,
    ) -> Result<Connection, Failure> {
        let guard = (authority == Authority::Guest).then_some(&self.guard);
        match location {
            Location::Tcp(endpoint) => {
                let stream = tcp::dial(endpoint, guard).await?;
                Ok(Connection::tcp(stream, location.clone(), &self.failures)?)
            }
            Location::Tls(endpoint) => {
                let stream = tcp::dial(endpoint, guard).await?;
                let local = format!("tcp://{}", stream.local_addr()?);
                let stream = tls::secure(stream, &endpoint.host, &self.roots).await?;
                Ok(Connection::duplex(
                    stream,
                    (location.to_string(), local),
                    location.clone(),
                    &self.failures,
                ))
            }
            // A plain path to a socket is as good.
            Location::Unix(path) | Location::Path(path) => {
                let path = self.resolve(path, Direction::Sink, authority)?;
                let stream = unix::dial(&path).await?;
                Ok(Connection::unix(stream, Location::Unix(path), &self.failures))
            }
            other => Err(Failure::new(
                Kind::BadUrl,
                format!("`{}:` is not a connection", other.scheme()),
            )
            .hint("there are `tcp://HOST:PORT`, `tls://HOST:PORT` and `unix:PATH`")),
        }
    }

    /// Listens, for the guest.
    ///
    /// # Errors
    /// When it can't, or may not.
    pub async fn listen(&self, location: &Location) -> Result<Listener, Failure> {
        match location {
            Location::Tcp(endpoint) => {
                Ok(Listener::tcp(tcp::listen(endpoint, &self.guard).await?, &self.failures))
            }
            Location::Unix(path) => {
                let path = self.resolve(path, Direction::Sink, Authority::Guest)?;
                Ok(Listener::unix(unix::listen(&path)?, &self.failures))
            }
            other => Err(Failure::new(
                Kind::BadUrl,
                format!("one can't listen at `{}:`", other.scheme()),
            )),
        }
    }

    fn client(&self, authority: Authority) -> Client<'_> {
        Client { roots: &self.roots, guard: &self.guard, named: authority == Authority::User }
    }

    /// What a guest may never name.
    fn permit(&self, location: &Location, authority: Authority) -> Result<(), Failure> {
        match (authority, location) {
            (Authority::Guest, Location::Descriptor(_)) => Err(Failure::new(
                Kind::Denied,
                "descriptors of the host can't be named by a program",
            )),
            _ => Ok(()),
        }
    }

    /// Where a path is on the host: as it stands for the user; below a granted directory for the
    /// guest.
    fn resolve(
        &self,
        path: &Path,
        direction: Direction,
        authority: Authority,
    ) -> Result<PathBuf, Failure> {
        match authority {
            Authority::User => Ok(path.to_owned()),
            Authority::Guest => {
                self.guard.may_open(path, direction == Direction::Sink).map_err(|allow| {
                    Failure::new(
                        Kind::Denied,
                        format!("it isn't granted; `{allow}` would allow it"),
                    )
                })
            }
        }
    }

    fn standard_input(&self) -> io::Result<Pin<Box<dyn AsyncRead + Send>>> {
        match &self.stdio.stdin {
            Input::Inherit => Ok(Box::pin(fd::standard_input()?)),
            Input::Nothing => Ok(null::source()),
            Input::Bytes(bytes) => Ok(data::source(bytes.clone())),
            Input::File(file) => Ok(Box::pin(stdio::descriptor(file))),
            Input::Handed(stream) => Ok(Box::pin(stream.reader())),
        }
    }
}
