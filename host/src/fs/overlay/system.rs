//! What the nodes of one overlay share.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use crate::fs::node::NodeRef;
use crate::fs::overlay::copy;
use crate::fs::overlay::file::OpenFile;

type Id = (u64, u64);

/// What the nodes of one overlay share.
#[derive(Default)]
pub(super) struct System {
    /// Which nodes below those above were copied from: a file stays the same one when it's changed.
    origins: Mutex<HashMap<Id, Id>>,
    /// Files that were opened below, by their nodes: they see what is changed above.
    readers: Mutex<HashMap<Id, Vec<Weak<OpenFile>>>>,
    /// Held while names change.
    names: Mutex<()>,
}

impl System {
    /// Holds all names as they are.
    pub fn names(&self) -> MutexGuard<'_, ()> {
        self.names.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Which node a node above is for those who look: the one that it was copied from.
    pub fn origin(&self, above: Id) -> Id {
        let origins = self.origins.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        origins.get(&above).copied().unwrap_or(above)
    }

    /// Notes who reads a file below.
    pub fn reads(&self, lower: Id, open: &Arc<OpenFile>) {
        let mut readers = self.readers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let own = readers.entry(lower).or_default();
        own.retain(|reader| reader.strong_count() > 0);
        own.push(Arc::downgrade(open));
    }

    /// Notes that a node was copied; who reads it goes on with the copy.
    ///
    /// # Errors
    /// When the copy can't be opened.
    pub fn copied(&self, lower: Id, copy: &NodeRef) -> io::Result<()> {
        let mut origins = self.origins.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        origins.insert(copy.id(), lower);
        drop(origins);

        let mut readers = self.readers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let own = readers.remove(&lower);
        drop(readers);
        for reader in own.into_iter().flatten().filter_map(|reader| reader.upgrade()) {
            reader.moved(copy::opened(copy, true)?);
        }
        Ok(())
    }
}
