//! What all connections of a server share.

use http::HeaderValue;
use tokio::sync::watch;

use crate::serve::admission::Admission;
use crate::serve::event::Listener;
use crate::serve::generation::Current;
use crate::serve::limits::Limits;

/// What all connections of a server share.
pub(super) struct Shared {
    pub limits: Limits,
    pub admission: Admission,
    pub current: Current,
    pub events: Listener,
    /// Whether nothing more is begun.
    pub drain: watch::Receiver<bool>,
    /// What a filter's replies are said to be, and a command's, which else say it themselves by CGI.
    pub content_type: Option<HeaderValue>,
}
