//! The limits of a server, from what was typed.

use forebay::serve::Limits;

use crate::args::ServeLimits;

/// What peers may take up.
pub fn of(said: &ServeLimits) -> Limits {
    let all = Limits::default();
    let ServeLimits { max_connections_per_peer: per_peer, max_body, .. } = *said;
    let size = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
    Limits {
        connections: said.max_connections.unwrap_or(all.connections),
        connections_per_peer: per_peer.or(all.connections_per_peer),
        in_flight: said.max_in_flight.unwrap_or(all.in_flight),
        queue: said.max_queue.unwrap_or(all.queue),
        queue_time: said.queue_timeout.unwrap_or(all.queue_time),
        head_time: said.head_timeout.unwrap_or(all.head_time),
        idle_time: said.idle_timeout.unwrap_or(all.idle_time),
        body_time: said.body_timeout.unwrap_or(all.body_time),
        reply_time: said.reply_timeout.unwrap_or(all.reply_time),
        head_size: said.max_head.map_or(all.head_size, size),
        body_size: max_body.or(all.body_size),
        requests_per_connection: said
            .max_requests_per_connection
            .unwrap_or(all.requests_per_connection),
        reuse: said.reuse.unwrap_or(all.reuse),
        ..all
    }
}
