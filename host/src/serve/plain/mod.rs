//! Connections of TCP and of Unix sockets: each is handed to a guest whole, as its standard streams,
//! or line by line; or it speaks Gopher.

mod environment;
mod gopher;
mod lines;
mod peer;
mod quiet;
mod whole;

pub(super) use environment::Ends;
pub(super) use peer::PlainPeer;

use std::sync::Arc;

use crate::app::PerLine;
use crate::serve::shared::Shared;

/// What a connection is for a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A stream from one end to the other.
    Whole,
    /// Lines.
    Lines(PerLine),
    /// A selector, and what is behind it.
    Gopher,
}

/// Serves a connection until it ends. Dropping this ends it at once.
pub(super) async fn serve(shared: Arc<Shared>, peer: PlainPeer, how: Use) {
    let (idle, total) = (shared.limits.idle_time, shared.limits.total_time);
    let quiet = peer.quiet.clone();
    let served = async {
        match how {
            Use::Whole => whole::serve(&shared, peer).await,
            Use::Lines(lines) => lines::serve(&shared, peer, lines).await,
            Use::Gopher => gopher::serve(&shared, peer).await,
        }
    };
    tokio::select! {
        biased;
        () = served => {}
        () = quiet.ended(idle, total) => {}
    }
}
