//! A refused access, in words the user can act on.

use std::sync::{Arc, Mutex};

/// How many distinct denials are remembered; a guest that makes up more can't fill the host's
/// memory with them.
const MOST: usize = 64;

/// One access that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Denial {
    /// Which guest of a graph, unless it's the main one.
    pub guest: Option<String>,
    /// What the guest tried, e.g. ``connect to tcp://10.0.0.1:80``. It can hold text chosen by the
    /// guest.
    pub what: String,
    /// The flag that would allow it, e.g. `--net tcp://10.0.0.1:80`.
    pub allow: String,
}

/// The distinct denials of a run, in the order they first happened. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Denials(Arc<Mutex<Vec<Denial>>>);

impl Denials {
    /// Remembers a denial, once for each distinct text.
    pub fn record(&self, what: impl Into<String>, allow: impl Into<String>) {
        self.add(Denial { guest: None, what: what.into(), allow: allow.into() });
    }

    /// [`record`](Denials::record), of any guest.
    pub fn add(&self, denial: Denial) {
        let mut list = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if list.len() < MOST && !list.contains(&denial) {
            list.push(denial);
        }
    }

    /// What was refused so far.
    pub fn list(&self) -> Vec<Denial> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_distinct_denial_is_kept_once_and_their_number_is_bounded() {
        let denials = Denials::default();
        for _ in 0..3 {
            denials.record("a", "--net a");
        }
        assert_eq!(denials.list().len(), 1);
        for i in 0..1000 {
            denials.record(format!("{i}"), "--net x");
        }
        assert_eq!(denials.list().len(), MOST);
    }
}
