//! A time limit that holds even where the executor is late: timers of an executor are looked at
//! when its tasks let it, and a guest that computes comes back every few milliseconds only to be
//! polled again.

use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Lets `work` run for so long; `None` if it isn't done by then.
pub(super) async fn limited<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let Some(limit) = limit else { return Some(work.await) };
    let start = Instant::now();
    let (mut work, mut timer) = (pin!(work), pin!(tokio::time::sleep(limit)));

    std::future::poll_fn(|cx| {
        if timer.as_mut().poll(cx).is_ready() || start.elapsed() >= limit {
            return Poll::Ready(None);
        }
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_only_comes_back_to_be_polled_again_is_ended_on_time() {
        // Its timers are looked at when the task waits, which it doesn't.
        let executor = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let limit = Duration::from_millis(20);
        let start = Instant::now();
        let busy = std::future::poll_fn::<(), _>(|cx| {
            let slice = Instant::now();
            while slice.elapsed() < Duration::from_millis(5) {}
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!(executor.block_on(limited(Some(limit), busy)), None);
        assert!(start.elapsed() < limit * 5, "{:?}", start.elapsed());
        assert_eq!(executor.block_on(limited(Some(limit), async { 1 })), Some(1));
    }
}
