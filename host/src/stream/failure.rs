//! Why a stream could not be had, or broke off: by kind for programs, in words for people.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use crate::account::OverBudget;
use crate::error::{Class, Error};
use crate::hint::{Hint, Setting};

/// The kinds of failure, as `forebay:stream/errors` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text is not a URL, or not one that can be used so.
    BadUrl,
    /// There is no such scheme.
    UnknownScheme,
    /// Policy, or the system, doesn't allow it.
    Denied,
    /// There is no such file, host or page.
    NotFound,
    /// Nobody accepts connections there.
    Refused,
    /// The peer didn't answer in time.
    TimedOut,
    /// The peer closed or reset the connection.
    Closed,
    /// Anything else.
    Other,
}

/// One failure. Its text never holds credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind it is.
    pub kind: Kind,
    /// The reason, in lower case, without the URL.
    pub why: String,
    /// What to do about it, where that is known.
    pub hint: Option<Hint>,
}

impl Failure {
    /// A failure of a kind, with its reason.
    pub fn new(kind: Kind, why: impl Into<String>) -> Self {
        Failure { kind, why: why.into(), hint: None }
    }

    /// Adds what to do about it.
    pub fn hint(mut self, advice: impl Into<Hint>) -> Self {
        self.hint = Some(advice.into());
        self
    }

    /// The failure as an error of the command, about `location`: `verb` is what was tried, e.g.
    /// "open".
    pub fn into_error(self, verb: &str, location: &dyn fmt::Display) -> Error {
        let class = match self.kind {
            Kind::BadUrl | Kind::UnknownScheme => Class::Usage,
            Kind::NotFound => Class::NotFound,
            Kind::Denied => Class::Denied,
            Kind::Refused | Kind::TimedOut | Kind::Closed | Kind::Other => Class::Host,
        };
        let error = Error::new(class, format!("cannot {verb} `{location}`")).cause(self.why);
        match self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // A failure of ours travels inside the system's error type where a trait asks for that.
        if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<Failure>()) {
            return inner.clone();
        }
        use io::ErrorKind as E;
        let (kind, why) = match error.kind() {
            E::NotFound => (Kind::NotFound, "it isn't there".to_owned()),
            E::PermissionDenied => (Kind::Denied, "the system doesn't permit it".to_owned()),
            E::ConnectionRefused => (Kind::Refused, "the connection was refused".to_owned()),
            E::AddrInUse => (Kind::Refused, "something is there already".to_owned()),
            E::TimedOut => (Kind::TimedOut, "it timed out".to_owned()),
            E::ConnectionReset => (Kind::Closed, "the peer reset the connection".to_owned()),
            E::ConnectionAborted | E::BrokenPipe => {
                (Kind::Closed, "the peer closed the connection".to_owned())
            }
            E::UnexpectedEof => (Kind::Closed, "it ended in the middle".to_owned()),
            E::StorageFull => (Kind::Other, "no space is left on the device".to_owned()),
            _ => (Kind::Other, error.to_string()),
        };
        Failure::new(kind, why)
    }
}

impl From<OverBudget> for Failure {
    fn from(over: OverBudget) -> Self {
        Failure::new(Kind::Other, over.to_string())
            .hint(Hint::with("raise it with {}", [Setting::HostMemory]))
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        let kind = match failure.kind {
            Kind::BadUrl | Kind::UnknownScheme => io::ErrorKind::InvalidInput,
            Kind::Denied => io::ErrorKind::PermissionDenied,
            Kind::NotFound => io::ErrorKind::NotFound,
            Kind::Refused => io::ErrorKind::ConnectionRefused,
            Kind::TimedOut => io::ErrorKind::TimedOut,
            Kind::Closed => io::ErrorKind::ConnectionReset,
            Kind::Other => io::ErrorKind::Other,
        };
        io::Error::new(kind, failure)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Failure {}

/// What broke off during a run: each stream notes its failure here as the guest meets it. Clones
/// share one list.
#[derive(Clone, Debug, Default)]
pub struct Failures(Arc<Mutex<Vec<Error>>>);

/// How many failures are remembered; a guest with many streams can't fill the host's memory with
/// them.
const MOST: usize = 64;

impl Failures {
    /// Notes that reading or writing (`verb`) broke off.
    pub(crate) fn note(&self, verb: &str, location: &dyn fmt::Display, error: &io::Error) {
        let failure = Failure::from(copy(error));
        let mut list = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if list.len() < MOST {
            list.push(failure.into_error(verb, location));
        }
    }

    /// What broke off so far, in order.
    pub fn list(&self) -> Vec<Error> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

/// The same error once more; the type has no clone.
pub(crate) fn copy(error: &io::Error) -> io::Error {
    match (error.get_ref().and_then(|inner| inner.downcast_ref::<Failure>()), error.raw_os_error())
    {
        (Some(failure), _) => failure.clone().into(),
        (None, Some(code)) => io::Error::from_raw_os_error(code),
        (None, None) => io::Error::new(error.kind(), error.to_string()),
    }
}
