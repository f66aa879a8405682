//! What happens while a server serves, as values for whoever listens.

use std::fmt;
use std::sync::Arc;

use crate::policy::Denial;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A listener stands.
    Listening {
        /// Where, as a URL with the real address.
        url: String,
    },
    /// A guest failed at a request, and harmed only that.
    Failed {
        /// The guest.
        guest: String,
        /// What was asked of it, e.g. `GET /path`. It's the peer's choice.
        request: String,
        /// What happened, after the guest's name. It can hold text chosen by the guest.
        why: String,
    },
    /// Guests were refused something while they worked on a request.
    Refused {
        /// The main guest.
        guest: String,
        /// What.
        denials: Vec<Denial>,
        /// How many refusals aren't listed.
        left_out: u64,
    },
    /// The server does without something, or can't do it now.
    Impaired {
        /// What, and why.
        why: String,
    },
    /// New requests go to a new generation of the program.
    Swapped {
        /// Its number, from 2 on.
        generation: u64,
    },
    /// A new generation can't be used; the old one stays.
    SwapFailed {
        /// Why.
        why: String,
    },
    /// The server accepts nothing more, and ends what is under way.
    Draining,
}

/// Receives each [`Event`]. Clones are the same one.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Event) + Send + Sync>);

impl Listener {
    /// A listener that calls `hear` with each event, on the thread where it happens.
    pub fn new(hear: impl Fn(Event) + Send + Sync + 'static) -> Listener {
        Listener(Arc::new(hear))
    }

    pub(super) fn emit(&self, event: Event) {
        (self.0)(event)
    }
}

impl Default for Listener {
    fn default() -> Self {
        Listener::new(|_| ())
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
