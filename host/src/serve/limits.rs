//! How much of a server peers may take up, and for how long.

use std::time::Duration;

/// Limits of a server. What one request's guest may use up is the program's
/// [`Budget`](crate::config::Budget).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections, all together. More aren't accepted until one ends.
    pub connections: usize,
    /// Connections from one address; more are closed. `None` allows any number, as is the rule for
    /// this machine's own addresses: a proxy may stand there.
    pub connections_per_peer: Option<usize>,
    /// Requests that guests work on at the same time.
    pub in_flight: usize,
    /// Requests that wait for their turn.
    pub queue: usize,
    /// How long one may wait before it's refused.
    pub queue_time: Duration,
    /// How long a request's head may take, and a TLS handshake.
    pub head_time: Duration,
    /// How long a connection may be idle between requests.
    pub idle_time: Duration,
    /// How long a peer may pause within a body, or not take what it is sent.
    pub body_time: Duration,
    /// How long a guest may take to begin its reply.
    pub reply_time: Duration,
    /// How long a request may take from its head to the end of the reply.
    pub total_time: Duration,
    /// Bytes of a request's head.
    pub head_size: usize,
    /// Bytes of a request's body; bodies are streamed, so none is too large by itself.
    pub body_size: Option<u64>,
    /// Bytes of a line, where guests are given lines.
    pub line_size: usize,
    /// Requests on one connection, which then closes.
    pub requests_per_connection: u64,
    /// How often an instance is used; 1 makes one for each request.
    pub reuse: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
        Limits {
            connections: 1024,
            connections_per_peer: None,
            in_flight: 16 * processors,
            queue: 1024,
            queue_time: Duration::from_secs(1),
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(60),
            body_time: Duration::from_secs(30),
            reply_time: Duration::from_secs(30),
            total_time: Duration::from_secs(600),
            head_size: 32 << 10,
            body_size: None,
            line_size: 64 << 10,
            requests_per_connection: u64::MAX,
            reuse: 1,
        }
    }
}
