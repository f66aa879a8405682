//! What can go wrong, as a value: what happened, why, and what to do about it.
//!
//! Every fallible function of the library returns an [`Error`]. It is never printed here; a speaker
//! (the CLI) renders its three parts as `error:`, `cause:` and `hint:` and chooses an exit code
//! from its [`Class`].

use std::fmt;

use crate::excerpt::excerpt;
use crate::hint::Hint;

/// How long a text of another error's may be, in bytes.
const LONGEST: usize = 4096;
/// How the engine's list of active functions begins. It's a link of an error's chain like any other.
const BACKTRACE: &str = "error while executing at wasm backtrace";

/// Which kind of failure an [`Error`] is, so that a caller can react without reading its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The request itself was malformed: a rule, a flag, a size.
    Usage,
    /// The program, a directory or an export that was named isn't there.
    NotFound,
    /// The bytes are not a program that this runtime can run.
    Program,
    /// The program imports something that nobody provides.
    Import,
    /// Policy or a budget doesn't allow the program to start.
    Denied,
    /// The host failed: out of disk, out of memory, an engine fault.
    Host,
}

/// A failure before or around a guest. Failures *inside* a guest are an
/// [`Exit`](crate::run::Exit), not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    class: Class,
    what: String,
    causes: Vec<String>,
    hint: Option<Hint>,
}

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that says `what` happened: lower case, no final period, names quoted as the user
    /// typed them.
    pub fn new(class: Class, what: impl Into<String>) -> Self {
        Error { class, what: what.into(), causes: Vec::new(), hint: None }
    }

    /// Adds why it happened; called again, the next deeper reason.
    pub fn cause(mut self, why: impl fmt::Display) -> Self {
        self.causes.push(why.to_string());
        self
    }

    /// Adds what the user can do about it.
    pub fn hint(mut self, advice: impl Into<Hint>) -> Self {
        self.hint = Some(advice.into());
        self
    }

    /// Adds each link of another error's chain as a cause, outermost first, a repeated text once.
    pub(crate) fn chain<'a>(
        mut self,
        links: impl Iterator<Item = &'a (dyn std::error::Error + 'static)>,
    ) -> Self {
        for text in texts(links) {
            if self.causes.last() != Some(&text) {
                self.causes.push(text);
            }
        }
        self
    }

    /// The kind of failure.
    pub fn class(&self) -> Class {
        self.class
    }

    /// What happened, in one line.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Why it happened, the nearest reason first.
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&Hint> {
        self.hint.as_ref()
    }
}

/// The texts of an error's chain, none of them very long. The engine's list of active functions
/// isn't among them: it writes out each mangled name, however long that gets.
pub(crate) fn texts<'a>(
    links: impl Iterator<Item = &'a (dyn std::error::Error + 'static)>,
) -> impl Iterator<Item = String> {
    links.filter_map(|link| {
        let lists = excerpt(&link, BACKTRACE.len()).starts_with(BACKTRACE);
        (!lists).then(|| excerpt(&link, LONGEST))
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.causes.iter().try_for_each(|why| write!(f, ": {why}"))?;
        match &self.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
