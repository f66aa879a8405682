//! How many requests are worked on at the same time, and how many wait, for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::serve::limits::Limits;

/// Who lets requests in.
pub(super) struct Admission {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    patience: Duration,
}

/// A request that waits, for as long as this lives.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    pub fn new(limits: &Limits) -> Admission {
        Admission {
            places: Arc::new(Semaphore::new(limits.in_flight.clamp(1, Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            queue: limits.queue,
            patience: limits.queue_time,
        }
    }

    /// A place, which is free again when it's dropped; `None` if too many wait, or nobody leaves in
    /// time.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some(place);
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.queue {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let _waiting = Waiting(&self.waiting);
        let place = self.places.clone().acquire_owned();
        tokio::time::timeout(self.patience, place).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(queue: usize, patience: Duration) -> Admission {
        let limits = Limits { in_flight: 1, queue, queue_time: patience, ..Limits::default() };
        Admission::new(&limits)
    }

    #[test]
    fn who_finds_no_place_waits_or_is_sent_away() {
        let executor = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        executor.block_on(async {
            let strict = admission(0, Duration::from_secs(60));
            let place = strict.enter().await.unwrap();
            assert!(strict.enter().await.is_none());
            drop(place);
            assert!(strict.enter().await.is_some());

            let hasty = admission(8, Duration::ZERO);
            let _place = hasty.enter().await.unwrap();
            assert!(hasty.enter().await.is_none());
            assert_eq!(hasty.waiting.load(Ordering::Relaxed), 0);

            let patient = admission(1, Duration::from_secs(60));
            let place = patient.enter().await.unwrap();
            let (entered, ()) = tokio::join!(patient.enter(), async { drop(place) });
            assert!(entered.is_some());
        });
    }
}
