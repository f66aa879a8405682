//! What a connection is doing, and until when it may: told by its reads, writes and requests, and
//! looked at by whoever drives it.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::serve::limits::Limits;

/// What a connection is doing. Clones are the same connection's.
#[derive(Clone)]
pub(super) struct Activity(Arc<Mutex<State>>);

struct State {
    head: Duration,
    idle: Duration,
    body: Duration,
    phase: Phase,
    /// Requests under way.
    busy: u32,
    /// Requests so far.
    requests: u64,
    /// Whether requests come by streams of HTTP/2, so that bytes alone begin none.
    streams: bool,
    /// The first request whose head can be read in two ways.
    spoiled: u64,
    /// Since when the peer takes nothing of what it's sent.
    stalled: Option<Instant>,
}

#[derive(Clone, Copy)]
enum Phase {
    /// Nothing has come since then.
    Idle(Instant),
    /// A head has been coming since then.
    Head(Instant),
    /// A guest works.
    Busy,
}

/// A request under way, for as long as this lives.
pub(super) struct Busy(Activity);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.busy -= 1;
        if state.busy == 0 {
            state.phase = Phase::Idle(Instant::now());
        }
    }
}

impl Activity {
    /// That of a new connection, whose first head is awaited.
    pub fn new(limits: &Limits, streams: bool) -> Activity {
        Activity(Arc::new(Mutex::new(State {
            head: limits.head_time,
            idle: limits.idle_time,
            body: limits.body_time,
            phase: Phase::Head(Instant::now()),
            busy: 0,
            requests: 0,
            streams,
            spoiled: u64::MAX,
            stalled: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Bytes have come.
    pub fn received(&self) {
        let mut state = self.state();
        if let (Phase::Idle(_), false) = (state.phase, state.streams) {
            state.phase = Phase::Head(Instant::now());
        }
    }

    /// The peer took some bytes, or doesn't take any now.
    pub fn sent(&self, stalls: bool) {
        let mut state = self.state();
        match stalls {
            true if state.stalled.is_none() => state.stalled = Some(Instant::now()),
            true => {}
            false => state.stalled = None,
        }
    }

    /// The head of a request, by its number, can be read in two ways.
    pub fn spoil(&self, request: u64) {
        self.state().spoiled = request;
    }

    /// Whether a request can be read in one way only.
    pub fn is_clear(&self, request: u64) -> bool {
        request < self.state().spoiled
    }

    /// A request's head has come; says its number, too, from 1 on.
    pub fn begin(&self) -> (Busy, u64) {
        let mut state = self.state();
        state.busy += 1;
        state.requests += 1;
        state.phase = Phase::Busy;
        (Busy(self.clone()), state.requests)
    }

    /// Until when the connection may go on as it does.
    pub fn due(&self) -> Option<Instant> {
        let state = self.state();
        let phase = match state.phase {
            Phase::Idle(since) => Some(since + state.idle),
            Phase::Head(since) => Some(since + state.head),
            Phase::Busy => None,
        };
        let stalled = state.stalled.map(|since| since + state.body);
        phase.into_iter().chain(stalled).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(activity: &Activity) -> Option<u64> {
        let due = activity.due()?;
        Some((due - Instant::now()).as_secs_f64().round() as u64)
    }

    #[test]
    fn each_phase_has_its_own_end() {
        let activity = Activity::new(&Limits::default(), false);
        assert_eq!(seconds(&activity), Some(10));
        let (busy, first) = activity.begin();
        activity.received();
        assert_eq!((seconds(&activity), first), (None, 1));
        activity.sent(true);
        assert_eq!(seconds(&activity), Some(30));
        activity.sent(false);
        drop(busy);
        assert_eq!(seconds(&activity), Some(60));
        activity.received();
        assert_eq!(seconds(&activity), Some(10));
    }

    #[test]
    fn frames_of_http2_begin_no_head() {
        let activity = Activity::new(&Limits::default(), true);
        let (one, other) = (activity.begin(), activity.begin());
        drop(one);
        assert_eq!(seconds(&activity), None);
        drop(other);
        activity.received();
        assert_eq!(seconds(&activity), Some(60));
    }
}
