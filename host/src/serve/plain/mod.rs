//! Connections of TCP and of Unix sockets: each is handed to a guest whole, as its standard streams,
//! or line by line; or it speaks Gopher.

mod environment;
mod gopher;
mod lines;
mod peer;
mod quiet;
mod routed;
mod whole;

pub(super) use environment::Ends;
pub(super) use peer::PlainPeer;
pub(super) use routed::Use;

use std::sync::Arc;

use crate::serve::shared::Shared;

/// Serves a connection until it ends. Dropping this ends it at once.
pub(super) async fn serve(shared: Arc<Shared>, peer: PlainPeer, how: Use) {
    let (idle, total) = (shared.limits.idle_time, shared.limits.total_time);
    let quiet = peer.quiet.clone();
    let served = async {
        let how =
            if how == Use::Gopher { Some(how) } else { routed::way(&shared, &peer.ends, how) };
        match how {
            Some(Use::Whole) => whole::serve(&shared, peer).await,
            Some(Use::Lines(lines)) => lines::serve(&shared, peer, lines).await,
            Some(Use::Gopher) => gopher::serve(&shared, peer).await,
            None => {}
        }
    };
    tokio::select! {
        biased;
        () = served => {}
        () = quiet.ended(idle, total) => {}
    }
}
