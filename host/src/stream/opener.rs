//! Opens locations: the one place that knows every scheme, and whose authority an open is under.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use http::Method;
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use wasmtime_wasi::cli::IsTerminal as _;

use crate::account::{Account, Charge};
use crate::config::Budget;
use crate::event::{Event, Listener as Events};
use crate::policy::Guard;
use crate::stream::connection::{Connection, Listener};
use crate::stream::directories::Directories;
use crate::stream::failure::{Failure, Failures, Kind};
use crate::stream::http::Client;
use crate::stream::lingering::Lingering;
use crate::stream::location::{Direction, Location};
use crate::stream::mem::Memories;
use crate::stream::output::Writer;
use crate::stream::place::{Beneath, Place};
use crate::stream::sink::Sink;
use crate::stream::source::Source;
use crate::stream::stdio::{Hangup, Input, Output, Stdio};
use crate::stream::terminal::TextOnly;
use crate::stream::tls::{self, Roots};
use crate::stream::{data, fd, file, log, null, random, stdio, tcp, unix, zero};

/// What an open place takes of an account beside its URL, in bytes.
const OPEN: usize = 1 << 10;

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
    directories: Directories,
    roots: Roots,
    stdio: Stdio,
    hangup: Hangup,
    memories: Memories,
    failures: Failures,
    events: Events,
    account: Account,
    lingering: Lingering,
}

impl Opener {
    /// An opener under a guest's policy, with the directories that it's granted. `stdio` is what
    /// `-` stands for; lines for `log:` go to `events`.
    pub fn new(
        (guard, directories): (Arc<Guard>, Directories),
        roots: Roots,
        stdio: Stdio,
        hangup: Hangup,
        events: Events,
    ) -> Self {
        let (memories, failures) = (Memories::default(), Failures::default());
        let account = Account::new(Budget::default().host_memory);
        Opener {
            guard,
            directories,
            roots,
            stdio,
            hangup,
            memories,
            failures,
            events,
            account,
            lingering: Lingering::default(),
        }
    }

    /// The same opener, noting what breaks off where another one does, too.
    pub(crate) fn noting_in(self, failures: Failures) -> Opener {
        Opener { failures, ..self }
    }

    /// Whose certificates are believed.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The same opener, with these memories, charging what it holds to `account`.
    pub(crate) fn sharing(self, memories: Memories, account: Account) -> Opener {
        Opener { memories, account, ..self }
    }

    /// What the host holds for the guest.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// Takes what an open place holds for a guest of its account: its URL, and buffers. What the
    /// user names is the user's business.
    fn hold(&self, location: &Location, authority: Authority) -> Result<Option<Charge>, Failure> {
        if authority == Authority::User {
            return Ok(None);
        }
        Ok(Some(self.account.charge(location.size() + OPEN)?))
    }

    /// The same opener, whose closed streams go on sending with those of another one.
    pub(crate) fn lingering_in(self, lingering: Lingering) -> Opener {
        Opener { lingering, ..self }
    }

    /// Its closed streams that are still sending.
    pub(crate) fn lingering(&self) -> &Lingering {
        &self.lingering
    }

    /// Tells that arguments of what the user named are about to take so many bytes more.
    pub(crate) fn give(&self, bytes: usize) {
        if bytes > 0 {
            self.events.emit(Event::Given { bytes: bytes as u64 });
        }
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
        let charge = self.hold(location, authority)?;
        let reader: Pin<Box<dyn AsyncRead + Send>> = match location {
            Location::Path(path) => {
                file::source(&self.place(path, Direction::Source, authority)?).await?
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
        Ok(Source::new(location.clone(), reader, self.failures.clone()).holding(charge))
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
        let charge = self.hold(location, authority)?;
        let writer: Pin<Box<dyn AsyncWrite + Send>> = match location {
            Location::Path(path) => {
                file::sink(&self.place(path, Direction::Sink, authority)?, append).await?
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
            Location::Memory(name) => self.memories.sink((name, append), &self.account)?,
            Location::Log(prefix) => log::sink(prefix, &self.events),
            Location::Random(_) | Location::Zero(_) | Location::Data(_) => {
                unreachable!("checked above")
            }
        };
        let parts = (location.clone(), writer, self.failures.clone());
        Ok(Sink::holding(parts, charge))
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
                let stream = unix::dial(&self.place(path, Direction::Sink, authority)?).await?;
                // Where a socket is on the host is nothing to a guest that was only handed it.
                let peer = match authority {
                    Authority::Guest => format!("unix:{}", path.display()),
                    Authority::User => "unix:".to_owned(),
                };
                let location = Location::Unix(path.clone());
                // What a guest opened itself is its own affair when it breaks, as any socket is.
                let failures = match authority {
                    Authority::Guest => &Failures::default(),
                    Authority::User => &self.failures,
                };
                Ok(Connection::unix(stream, (peer, "unix:".into()), location, failures))
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
                let socket = unix::listen(&self.place(path, Direction::Sink, Authority::Guest)?)?;
                Ok(Listener::unix(socket, path.clone(), &Failures::default()))
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

    /// Where a path is opened: as it stands for the user; beneath a granted directory for the
    /// guest.
    fn place(
        &self,
        path: &Path,
        direction: Direction,
        authority: Authority,
    ) -> Result<Place, Failure> {
        if authority == Authority::User {
            return Ok(Place::Anywhere(path.to_owned()));
        }
        let write = direction == Direction::Sink;
        let denied = |why: String| Failure::new(Kind::Denied, why);

        let below = self.guard.may_open(path, write).map_err(denied)?;
        let top = self.directories.get(below.grant).cloned();
        Ok(Place::Beneath(Beneath {
            top: top.ok_or_else(|| denied("its directory isn't open".to_owned()))?,
            rest: below.path,
            named: path.to_owned(),
            write,
            guard: self.guard.clone(),
        }))
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

#[cfg(test)]
mod tests;
