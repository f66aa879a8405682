//! Who asks, and by which connection.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::serve::activity::Activity;
use crate::serve::shared::Shared;

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(in crate::serve) struct Peer {
    /// Its address, or what stands for one.
    pub address: String,
    /// Whether the connection is secured.
    pub secure: bool,
    /// Whether HTTP/2 was agreed on; `None` where nothing was.
    pub two: Option<bool>,
}

/// Who asks, by which connection.
pub(super) struct Asker {
    pub shared: Arc<Shared>,
    pub peer: Peer,
    pub activity: Activity,
    /// Has the connection end after the replies that are under way.
    pub closing: Arc<AtomicBool>,
}
