//! How many connections each address has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

/// How many connections each address has. Clones count together.
#[derive(Clone, Default)]
pub(super) struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection of an address, for as long as this lives.
pub(super) struct Counted(Peers, IpAddr);

impl Peers {
    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// One connection more of `address`; `None` if it has `most` already.
    pub fn add(&self, address: IpAddr, most: usize) -> Option<Counted> {
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Counted(self.clone(), address))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.0.counts();
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_and_no_more_until_one_ends() {
        let (peers, one) = (Peers::default(), IpAddr::from([192, 0, 2, 1]));
        let (first, _second) = (peers.add(one, 2).unwrap(), peers.add(one, 2).unwrap());
        assert!(peers.add(one, 2).is_none());
        assert!(peers.add(IpAddr::from([192, 0, 2, 2]), 2).is_some());
        drop(first);
        assert!(peers.add(one, 2).is_some());
        assert_eq!(peers.counts().len(), 1);
    }
}
