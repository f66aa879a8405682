//! What is open between a store and others: calls that aren't answered, and ends of streams. A store
//! must be driven until all of it is closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

/// What is open in one store. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Open(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Noted>,
    next: u64,
    /// Whose store is given up, and why.
    failure: Option<(String, String)>,
}

impl Open {
    /// Notes a call, which has to be closed by `deadline`.
    pub fn enter(&self, deadline: Option<Instant>) -> OpenCall {
        self.note(None, deadline)
    }

    fn note(&self, call: Option<u64>, deadline: Option<Instant>) -> OpenCall {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let noted = Noted { number, call: call.unwrap_or(number), deadline };
        state.entries.push(noted);
        OpenCall(Some((self.clone(), noted)))
    }

    /// How much is open.
    pub fn count(&self) -> usize {
        self.state().entries.len()
    }

    /// The earliest of the deadlines.
    pub fn deadline(&self) -> Option<Instant> {
        self.state().entries.iter().filter_map(|noted| noted.deadline).min()
    }

    /// Waits until nothing is open.
    pub async fn closed(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.count() == 0 {
                return;
            }
            changed.await;
        }
    }

    /// Notes why the store of `guest` is given up, before it is: who waits for an answer, or reads a
    /// stream from it, is told.
    pub fn fail(&self, guest: &str, why: &str) {
        self.state().failure.get_or_insert_with(|| (guest.to_owned(), why.to_owned()));
    }

    /// Which guest's store is given up, and why.
    pub fn failure(&self) -> Option<(String, String)> {
        self.state().failure.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy, Debug)]
struct Noted {
    number: u64,
    /// The call that it is, or that passes it.
    call: u64,
    /// By when it has to be closed.
    deadline: Option<Instant>,
}

/// A call or the end of a stream, open until this is dropped.
#[derive(Debug)]
pub struct OpenCall(Option<(Open, Noted)>);

impl OpenCall {
    /// One in a store that is driven anyway, by whoever runs it.
    pub fn unnoted() -> OpenCall {
        OpenCall(None)
    }

    /// Another one of the same call.
    pub fn another(&self) -> OpenCall {
        match &self.0 {
            Some((open, noted)) => open.note(Some(noted.call), noted.deadline),
            None => OpenCall::unnoted(),
        }
    }

    /// What is open in that store, if that is noted.
    pub fn open(&self) -> Option<&Open> {
        self.0.as_ref().map(|(open, _)| open)
    }

    /// Whether nothing is open in that store but this call and what it passes.
    pub fn is_alone(&self) -> bool {
        self.0.as_ref().is_none_or(|(open, own)| {
            open.state().entries.iter().all(|noted| noted.call == own.call)
        })
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let Some((open, own)) = &self.0 else { return };
        let mut state = open.state();
        state.entries.retain(|noted| noted.number != own.number);
        if state.entries.is_empty() {
            open.0.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_store_is_closed_when_all_of_it_is_and_the_earliest_deadline_counts() {
        let open = Open::default();
        let now = Instant::now();
        let late = open.enter(Some(now + Duration::from_secs(9)));
        let soon = open.enter(Some(now + Duration::from_secs(1)));
        let (same, never) = (soon.another(), open.enter(None));
        assert_eq!(open.count(), 4);
        assert!(!same.is_alone());
        drop(soon);
        assert_eq!(open.deadline(), Some(now + Duration::from_secs(1)));
        drop(same);
        assert_eq!(open.deadline(), Some(now + Duration::from_secs(9)));

        let executor = tokio::runtime::Builder::new_current_thread().build().unwrap();
        executor.block_on(async {
            let closing = tokio::spawn({
                let open = open.clone();
                async move { open.closed().await }
            });
            tokio::task::yield_now().await;
            assert!(!closing.is_finished());
            drop((late, never));
            closing.await.unwrap();
        });
    }
}
