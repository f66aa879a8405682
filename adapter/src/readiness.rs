//! What `poll_oneoff` learns of a descriptor.

use core::cell::Cell;

/// What to wait for, or the bytes that can be read or written right away.
pub enum State {
    /// Nothing will come any more.
    Hangup,
    Ready(u64),
    Pollable(u32),
}

/// A pollable that is kept beside what it watches.
pub fn cached(pollable: &Cell<u32>, subscribe: impl FnOnce() -> u32) -> u32 {
    if pollable.get() == 0 {
        pollable.set(subscribe());
    }
    pollable.get()
}
