//! Looks names up. The system's resolver takes a thread for each look-up until it's answered, even
//! if nobody waits for that any more, so each guest has a few at a time; the next ones wait.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};

use crate::policy::Guard;

/// The addresses of a host's name, asked for by the guest of `guard` or by the user.
///
/// # Errors
/// When there is no such host, or the resolver can't tell.
pub(crate) async fn look_up(
    guard: Option<&Guard>,
    host: &str,
    port: u16,
) -> io::Result<Vec<SocketAddr>> {
    let turn = match guard {
        Some(guard) => Some(guard.turn_to_look_up().await),
        None => None,
    };

    let host = host.to_owned();
    let work = move || {
        // Given back when the thread is, and not when whoever waits gives up.
        let _turn = turn;
        (host.as_str(), port).to_socket_addrs().map(|found| found.collect())
    };
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Denials, Grants};

    #[tokio::test]
    async fn a_guest_has_a_few_look_ups_at_a_time() {
        let guard = Guard::new(&Grants::default(), Denials::default());
        let mut turns = Vec::new();
        for _ in 0..Guard::LOOKUPS {
            turns.push(guard.turn_to_look_up().await);
        }

        let mut next = Box::pin(look_up(Some(&guard), "localhost", 7));
        let polled =
            std::future::poll_fn(|cx| std::task::Poll::Ready(next.as_mut().poll(cx))).await;
        assert!(polled.is_pending(), "all turns are taken");
        turns.pop();
        let found = next.await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 7));
    }
}
