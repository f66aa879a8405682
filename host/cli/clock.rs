//! How much of its time a run has spent: from before its program is read, which may be a pipe that
//! never ends. Compiling doesn't count; it has a limit of its own.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::exit::Status;
use crate::leave::{leave, say_last};
use crate::report::Printer;

/// A clock that ends the process when the time is up and the guest hasn't started. Clones share it.
#[derive(Clone)]
pub struct Clock(Option<Arc<Inner>>);

struct Inner {
    limit: Duration,
    time: Mutex<Time>,
    changed: Condvar,
    watcher: Mutex<Option<JoinHandle<()>>>,
}

/// Spent time, and since when it's running, if it is.
struct Time {
    spent: Duration,
    since: Option<Instant>,
    started: bool,
}

impl Time {
    fn spent(&self) -> Duration {
        self.spent + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

impl Clock {
    /// Starts it, if there is a limit. `name` is the guest, for messages.
    pub fn start(limit: Option<Duration>, name: &str, printer: &Printer) -> Clock {
        let Some(limit) = limit else { return Clock(None) };
        let now = Some(Instant::now());
        let inner = Arc::new(Inner {
            limit,
            time: Mutex::new(Time { spent: Duration::ZERO, since: now, started: false }),
            changed: Condvar::new(),
            watcher: Mutex::default(),
        });
        let (own, name, printer) = (inner.clone(), name.to_owned(), *printer);
        let watching = std::thread::Builder::new().name("forebay-clock".into()).spawn(move || {
            if own.is_overdue() {
                let limit = own.limit;
                say_last(move || printer.late_to_start(&name, limit));
                leave(Status::Timeout);
            }
        });
        // Where the system has no thread for it, nothing can start, which is said later.
        *lock(&inner.watcher) = watching.ok();
        Clock(Some(inner))
    }

    /// One without a limit.
    pub fn none() -> Clock {
        Clock(None)
    }

    /// Stands still while something compiles.
    pub fn pause(&self) {
        self.change(|time| {
            time.spent = time.spent();
            time.since = None;
        });
    }

    /// Goes on.
    pub fn resume(&self) {
        self.change(|time| {
            time.since.get_or_insert_with(Instant::now);
        });
    }

    /// The guest starts, and is watched by somebody else. What is left of its time.
    pub fn hand_over(&self) -> Option<Duration> {
        let inner = self.0.as_ref()?;
        self.change(|time| time.started = true);
        if let Some(watcher) = lock(&inner.watcher).take() {
            // It has nothing to say but that it's done.
            let _ = watcher.join();
        }
        Some(inner.limit.saturating_sub(lock(&inner.time).spent()))
    }

    fn change(&self, change: impl FnOnce(&mut Time)) {
        if let Some(inner) = &self.0 {
            change(&mut lock(&inner.time));
            inner.changed.notify_all();
        }
    }
}

impl Inner {
    /// Waits until the guest starts, or its time is up before.
    fn is_overdue(&self) -> bool {
        let mut time = lock(&self.time);
        while !time.started {
            let left = self.limit.saturating_sub(time.spent());
            if left.is_zero() {
                return true;
            }
            time = match time.since {
                Some(_) => {
                    let woken = self.changed.wait_timeout(time, left);
                    woken.unwrap_or_else(|poisoned| poisoned.into_inner()).0
                }
                None => self.changed.wait(time).unwrap_or_else(|poisoned| poisoned.into_inner()),
            };
        }
        false
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
