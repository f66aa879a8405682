//! What was written and is still being sent when a guest closes a stream: it's sent on behind the
//! guest's back, as a system does, and doesn't hold the guest.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use tokio::task::JoinHandle;

/// How many closed streams of a guest may still be sending; each holds at most what may be written
/// in one call. Of more the oldest is given up.
const MOST: usize = 64;

/// How long one may go on.
const LONGEST: Duration = Duration::from_secs(30);

/// How long a guest's end waits for them.
const AT_END: Duration = Duration::from_secs(1);

/// The closed streams of a run that are still sending. Clones share them; they're given up when
/// the last one is dropped.
#[derive(Clone, Default)]
pub struct Lingering(Arc<Tasks>);

#[derive(Default)]
struct Tasks(Mutex<VecDeque<JoinHandle<()>>>);

impl Tasks {
    fn lock(&self) -> MutexGuard<'_, VecDeque<JoinHandle<()>>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.lock().iter().for_each(JoinHandle::abort);
    }
}

impl Lingering {
    /// Does `sending` as far as it goes at once, and the rest behind the guest's back.
    pub(crate) async fn send(&self, sending: impl Future<Output = ()> + Send + 'static) {
        let mut sending: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(sending);
        let done = poll_fn(|cx| Poll::Ready(sending.as_mut().poll(cx).is_ready())).await;
        if done {
            return;
        }

        let mut tasks = self.0.lock();
        tasks.retain(|task| !task.is_finished());
        if tasks.len() >= MOST
            && let Some(oldest) = tasks.pop_front()
        {
            oldest.abort();
        }
        tasks.push_back(tokio::spawn(async move {
            // What isn't taken in time is given up, as if the peer had gone.
            let _ = tokio::time::timeout(LONGEST, sending).await;
        }));
    }

    /// Waits for what is still being sent, but not for long, and never longer than `within`.
    pub(crate) async fn finish(&self, within: Duration) {
        let tasks = std::mem::take(&mut *self.0.lock());
        let abort: Vec<_> = tasks.iter().map(JoinHandle::abort_handle).collect();
        let all = async {
            for task in tasks {
                // One that broke off is done, too.
                let _ = task.await;
            }
        };
        if tokio::time::timeout(within.min(AT_END), all).await.is_err() {
            abort.iter().for_each(tokio::task::AbortHandle::abort);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn what_cant_be_sent_holds_nobody_and_is_waited_for_at_the_end() {
        let (lingering, read) = (Lingering::default(), Arc::new(Notify::new()));
        let sent = Arc::new(AtomicUsize::new(0));
        for _ in 0..3 {
            let (theirs, counted) = (read.clone(), sent.clone());
            let sending = async move {
                theirs.notified().await;
                counted.fetch_add(1, Ordering::Relaxed);
            };
            lingering.send(sending).await;
            read.notify_one();
        }
        lingering.finish(Duration::MAX).await;
        assert_eq!(sent.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn of_too_many_the_oldest_is_given_up_and_all_are_at_the_end() {
        let (lingering, held) = (Lingering::default(), Arc::new(()));
        for _ in 0..=MOST {
            let held = held.clone();
            lingering
                .send(async move {
                    let _held = held;
                    std::future::pending::<()>().await
                })
                .await;
        }
        assert_eq!(lingering.0.lock().len(), MOST);

        lingering.finish(Duration::ZERO).await;
        while Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
