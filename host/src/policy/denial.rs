//! A refused access, in words the user can act on.

use std::sync::{Arc, Mutex};

use crate::policy::{Directory, Transport};

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
    /// What would allow it.
    pub grant: Needed,
}

/// A grant, or a budget, that would allow what was refused. How it's written is the business of
/// whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Needed {
    /// A network rule. It can hold a name chosen by the guest.
    Net(String),
    /// A rule for some peer: the host wasn't told which.
    Peer(Transport),
    /// A directory. Its paths can be chosen by the guest.
    Directory(Directory),
    /// The directory that holds what a path leads to, wherever that is.
    Holder,
    /// Some directory: the host wasn't told which.
    SomeDirectory,
    /// More memory.
    Memory,
    /// More elements of tables.
    TableElements,
}

/// The distinct denials of a run, in the order they first happened. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Denials(Arc<Mutex<Vec<Denial>>>);

impl Denials {
    /// Remembers a denial, once for each distinct text.
    pub fn record(&self, what: impl Into<String>, grant: Needed) {
        self.add(Denial { guest: None, what: what.into(), grant });
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
            denials.record("a", Needed::Memory);
        }
        assert_eq!(denials.list().len(), 1);
        for i in 0..1000 {
            denials.record(format!("{i}"), Needed::Memory);
        }
        assert_eq!(denials.list().len(), MOST);
    }
}
