//! What happens while the library works, as values for whoever listens.
//!
//! The library has no terminal. A caller that wants a progress line or warnings passes a
//! [`Listener`] in its [`Config`](crate::config::Config); events are emitted synchronously, on the
//! thread where they happen.

mod bounded;

use std::path::PathBuf;
use std::sync::Arc;

use crate::hint::Hint;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Machine code for `program` (its size in bytes) is about to be made; this can take seconds.
    Compiling {
        /// The program's name, as the user gave it.
        program: String,
        /// Size of the component in bytes.
        size: usize,
    },
    /// The compilation announced last has ended, well or not.
    Compiled,
    /// A program imports socket functions that no dialect has; calls of them fail with `ENOSYS`.
    UnknownSockets {
        /// The program's name.
        program: String,
        /// The functions' names.
        functions: Vec<String>,
    },
    /// Arguments are made of what the user named. They take memory of the host's until the call
    /// ends, which isn't the guest's doing, and no guest of the call runs before they are made.
    Given {
        /// How much more they are about to take, in bytes.
        bytes: u64,
    },
    /// A socket that a legacy program finds open listens.
    Listening {
        /// Where.
        address: std::net::SocketAddr,
        /// Whether the system chose the port.
        chosen: bool,
    },
    /// A guest wrote a line to `log:PREFIX`. Both texts can be the guest's choice.
    Logged {
        /// What follows `log:` in the URL; it may be empty.
        prefix: String,
        /// The line, without its end.
        line: String,
    },
    /// A guest said so much that a part of it isn't told: lines to `log:`, failures of its files.
    LeftOut {
        /// The guest, or the program behind a file; none if it's the main one.
        guest: Option<String>,
        /// How many lines.
        lines: u64,
    },
    /// An isolated guest, which failed, is called again and started anew.
    Restarting {
        /// The guest.
        guest: String,
        /// How it failed, after its name. It can hold text chosen by the guest.
        why: String,
        /// What it wrote last, if its standard error leads nowhere. It's the guest's choice.
        said: Option<String>,
    },
    /// A program behind a mounted file failed, of which the guest learns by an error code at most.
    MountFailed {
        /// The program and how it ended. It can hold text chosen by it.
        why: String,
    },
    /// A guest asked for a page of a server whose certificate isn't believed; told once for each
    /// guest, which learns no more than that.
    Untrusted {
        /// The server, by the name that the guest gave.
        server: String,
        /// What is wrong with the certificate.
        why: String,
        /// What to do, where that is known.
        hint: Option<Hint>,
    },
    /// The system has no room for places that instances would take; each is made anew, which is
    /// slower.
    Unpooled {
        /// Why.
        why: String,
    },
    /// A cached artefact was found damaged and is being made again.
    CacheDamaged {
        /// The file, which is replaced.
        path: PathBuf,
        /// What was wrong with it.
        why: String,
    },
    /// The cache can't be used; the program is compiled and runs without it.
    CacheUnusable {
        /// The cache directory.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Receives each [`Event`].
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Event) + Send + Sync>);

impl Listener {
    /// A listener that calls `hear` with each event.
    pub fn new(hear: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Listener(Arc::new(hear))
    }

    /// A listener that hears nothing.
    pub fn deaf() -> Self {
        Listener::new(|_| ())
    }

    pub(crate) fn emit(&self, event: Event) {
        (self.0)(event)
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}
