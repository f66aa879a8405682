//! What all connections of a server share.

use http::HeaderValue;
use tokio::sync::watch;

use crate::serve::accesslog::AccessLog;
use crate::serve::admission::Admission;
use crate::serve::event::Listener;
use crate::serve::generation::Current;
use crate::serve::limits::Limits;
use crate::serve::metrics::Metrics;

/// What all connections of a server share.
pub(super) struct Shared {
    pub limits: Limits,
    pub admission: Admission,
    pub current: Current,
    pub events: Listener,
    /// Whether nothing more is begun.
    pub drain: watch::Receiver<bool>,
    /// What is counted.
    pub metrics: Metrics,
    /// Where requests are logged.
    pub log: Option<AccessLog>,
    /// What a filter's replies are said to be, and a command's, which else say it themselves by CGI.
    pub content_type: Option<HeaderValue>,
}
