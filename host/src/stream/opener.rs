//! Opens locations, and says whose authority an open is under. What each scheme does for that
//! stands in its own file.

use std::io;
use std::sync::Arc;

use wasmtime_wasi::cli::IsTerminal as _;

use crate::account::{Account, Charge};
use crate::config::Budget;
use crate::event::{Event, Listener as Events};
use crate::policy::Guard;
use crate::stream::connection::{Connection, Listener};
use crate::stream::data;
use crate::stream::directories::Directories;
use crate::stream::failure::{Failure, Failures, Kind};
use crate::stream::fd;
use crate::stream::lingering::Lingering;
use crate::stream::location::Location;
use crate::stream::null;
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::output::Writer;
use crate::stream::roots::Roots;
use crate::stream::run_state::RunState;
use crate::stream::scheme::{AnyReader, AnyWriter, Bound, Dialled, Direction, Target};
use crate::stream::schemes;
use crate::stream::sink::Sink;
use crate::stream::source::Source;
use crate::stream::stdio::{self, Hangup, Input, Output, Stdio};
use crate::stream::terminal::TextOnly;

/// What an open place takes of an account beside its URL, in bytes.
const OPEN: usize = 1 << 10;

/// Opens what is named in one run. Clones share failures, the policy, and what schemes keep.
#[derive(Clone)]
pub struct Opener {
    context: OpenContext,
    stdio: Stdio,
    hangup: Hangup,
    failures: Failures,
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
        let account = Account::new(Budget::default().host_memory);
        let run = RunState::default();
        Opener {
            context: OpenContext { guard, directories, roots, events, account, run },
            stdio,
            hangup,
            failures: Failures::default(),
            lingering: Lingering::default(),
        }
    }

    /// The same opener, noting what breaks off where another one does, too.
    pub(crate) fn noting_in(self, failures: Failures) -> Opener {
        Opener { failures, ..self }
    }

    /// Whose certificates are believed.
    pub fn roots(&self) -> &Roots {
        &self.context.roots
    }

    /// The same opener, with what schemes keep for this run, charging what it holds to `account`.
    pub(crate) fn sharing(self, run: RunState, account: Account) -> Opener {
        Opener { context: OpenContext { run, account, ..self.context }, ..self }
    }

    /// What the host holds for the guest.
    pub(crate) fn account(&self) -> &Account {
        &self.context.account
    }

    /// Takes what an open place holds for a guest of its account: its URL, and buffers. What the
    /// user names is the user's business.
    fn hold(&self, location: &Location, authority: Authority) -> Result<Option<Charge>, Failure> {
        if authority == Authority::User {
            return Ok(None);
        }
        Ok(Some(self.context.account.charge(location.size() + OPEN)?))
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
            self.context.events.emit(Event::Given { bytes: bytes as u64 });
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
        permit(location, authority)?;
        let charge = self.hold(location, authority)?;

        let reader = match location.target() {
            None => self.standard_input()?,
            Some(target) if is_connection(target) => {
                let mut connection = self.dial(location, authority).await?;
                return connection.take_input().ok_or_else(closed);
            }
            Some(target) => target.source(&self.context, authority).await?,
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
        permit(location, authority)?;
        let charge = self.hold(location, authority)?;

        let writer = match location.target() {
            None => self.standard_output().map_or_else(null::sink, |writer| Box::pin(writer)),
            Some(target) if is_connection(target) => {
                let mut connection = self.dial(location, authority).await?;
                return connection.take_output().ok_or_else(closed);
            }
            Some(target) => target.sink(append, &self.context, authority).await?,
        };
        let parts = (location.clone(), writer, self.failures.clone());
        Ok(Sink::holding(parts, charge))
    }

    /// Standard output as where a result goes that the user gave no place: on a terminal it takes
    /// text only.
    pub fn output(&self) -> Sink {
        let writer: AnyWriter = match self.standard_output() {
            Some(writer) if writer.is_terminal() => Box::pin(TextOnly(writer)),
            Some(writer) => Box::pin(writer),
            None => match &self.stdio.stdout {
                Output::Handed(stream) => Box::pin(stream.writer()),
                _ => null::sink(),
            },
        };
        Sink::new(Location::STANDARD, writer, self.failures.clone())
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
        let Some(target) = location.target().filter(|target| target.connects()) else {
            let why = format!("`{}:` is not a connection", location.scheme());
            let hint = format!("a connection is {}", schemes::connections());
            return Err(Failure::new(Kind::BadUrl, why).hint(hint));
        };

        let (place, failures) = (location.clone(), &self.failures);
        match target.dial(&self.context, authority).await? {
            Dialled::Tcp(stream) => Ok(Connection::tcp(stream, place, failures)?),
            Dialled::Tls(stream, local) => {
                let ends = (location.to_string(), local);
                Ok(Connection::duplex(*stream, ends, place, failures))
            }
            Dialled::Unix(stream, peer) => {
                let ends = (peer, "unix:".to_owned());
                // What a guest opened itself is its own affair when it breaks, as any socket is.
                let own = Failures::default();
                let failures = if authority == Authority::Guest { &own } else { failures };
                Ok(Connection::unix(stream, ends, place, failures))
            }
        }
    }

    /// Listens, for the guest.
    ///
    /// # Errors
    /// When it can't, or may not.
    pub async fn listen(&self, location: &Location) -> Result<Listener, Failure> {
        let Some(target) = location.target() else {
            return Err(Failure::new(Kind::BadUrl, "one can't listen at `-`"));
        };
        match target.listen(&self.context).await? {
            Bound::Tcp(socket) => Ok(Listener::tcp(socket, &self.failures)),
            Bound::Unix(socket, path) => Ok(Listener::unix(socket, path, &Failures::default())),
        }
    }

    fn standard_output(&self) -> Option<Writer> {
        Writer::stdout(&self.stdio.stdout, &self.hangup)
    }

    fn standard_input(&self) -> io::Result<AnyReader> {
        match &self.stdio.stdin {
            Input::Inherit => Ok(Box::pin(fd::standard_input()?)),
            Input::Nothing => Ok(null::source()),
            Input::Bytes(bytes) => Ok(data::source(bytes.clone())),
            Input::File(file) => Ok(Box::pin(stdio::descriptor(file))),
            Input::Handed(stream) => Ok(Box::pin(stream.reader())),
        }
    }
}

/// What a guest may never name.
fn permit(location: &Location, authority: Authority) -> Result<(), Failure> {
    let is_open_to_all = location.target().is_none_or(Target::is_for_programs);
    if authority == Authority::Guest && !is_open_to_all {
        let why = "descriptors of the host can't be named by a program";
        return Err(Failure::new(Kind::Denied, why));
    }
    Ok(())
}

/// Whether reading or writing it is reading from or writing to a connection.
fn is_connection(target: &dyn Target) -> bool {
    target.connects() && !target.is_finished_late()
}

fn closed() -> Failure {
    Failure::new(Kind::Closed, "it is closed")
}

#[cfg(test)]
mod tests;
