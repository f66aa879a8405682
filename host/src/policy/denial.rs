//! A refused access, in words the user can act on.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::policy::{Directory, Transport};

/// How many distinct denials are remembered; a guest that makes up more can't fill the host's
/// memory with them.
const MOST: usize = 100;
/// How long each part of what is said of one may be, in bytes.
const LONGEST: usize = 1024;

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
    /// More that the host holds for it.
    HostMemory,
}

impl Denial {
    /// The same, in words of a length that can be read: a guest chooses names as long as it likes.
    fn shortened(mut self) -> Denial {
        cut(&mut self.what);
        match &mut self.grant {
            Needed::Net(rule) => cut(rule),
            // A part of a path would name another place.
            Needed::Directory(directory)
                if directory.host.as_os_str().len() + directory.guest.len() > LONGEST =>
            {
                self.grant = Needed::Holder;
            }
            _ => {}
        }
        self
    }
}

/// Cuts a text that is too long.
fn cut(text: &mut String) {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
}

/// The distinct denials of a run, in the order they first happened. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Denials(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    list: Vec<Denial>,
    /// How many weren't kept.
    left_out: u64,
}

impl Denials {
    /// Remembers a denial, once for each distinct text.
    pub fn record(&self, what: impl Into<String>, grant: Needed) {
        self.add(Denial { guest: None, what: what.into(), grant });
    }

    /// [`record`](Denials::record), of any guest.
    pub fn add(&self, denial: Denial) {
        let denial = denial.shortened();
        let mut inner = self.lock();
        if inner.list.contains(&denial) {
            return;
        }
        if inner.list.len() < MOST {
            inner.list.push(denial);
        } else {
            inner.left_out += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// How many were refused beside those that are listed.
    pub fn left_out(&self) -> u64 {
        self.lock().left_out
    }

    /// What was refused so far.
    pub fn list(&self) -> Vec<Denial> {
        self.lock().list.clone()
    }

    /// How many are listed.
    pub fn count(&self) -> usize {
        self.lock().list.len()
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
        assert_eq!((denials.list().len(), denials.left_out()), (MOST, 901));
    }

    #[test]
    fn long_names_are_cut() {
        let denials = Denials::default();
        let long = "é".repeat(100_000);
        let directory = Directory { host: (&long).into(), guest: long.clone(), read_only: true };
        denials.record(&long, Needed::Net(long.clone()));
        denials.record(&long, Needed::Directory(directory));
        let list = denials.list();
        assert!(list[0].what.len() < 1100 && list[0].what.ends_with("é…"));
        assert!(matches!(&list[0].grant, Needed::Net(rule) if rule.len() < 1100));
        assert_eq!(list[1].grant, Needed::Holder);
    }
}
