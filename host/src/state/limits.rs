//! Memory and table budgets: sums over all memories and tables of a guest.

use wasmtime::ResourceLimiter;

use crate::account::{Account, Accounts, Charge};

/// What a guest has used of its memory and table budgets. Growth over a budget fails as the spec
/// says: `memory.grow` and `table.grow` give -1; a memory or table that is too large from the start
/// keeps the guest from starting. All of it is given back when the guest's store goes.
#[derive(Debug)]
pub struct Limits {
    memory: Taken,
    tables: Taken,
}

/// Growth of a memory or table over its own largest size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The largest size, in bytes or elements.
    pub most: u64,
    /// The largest size that was asked for.
    pub wanted: u64,
}

/// How many largest sizes are told apart.
const SIZES: usize = 100;

/// What is taken of an account.
#[derive(Debug)]
struct Taken {
    charge: Charge,
    /// Growth over largest sizes, each of them once.
    stopped: Vec<Stopped>,
}

impl Limits {
    /// Nothing used of these accounts.
    pub fn new(accounts: &Accounts) -> Self {
        let of = |account: &Account| Taken { charge: account.open(), stopped: Vec::new() };
        Limits { memory: of(&accounts.memory), tables: of(&accounts.table_elements) }
    }

    /// Whether a memory was refused its size.
    pub fn memory_refused(&self) -> bool {
        self.memory.charge.account().refused()
    }

    /// Whether a table was refused its size.
    pub fn table_refused(&self) -> bool {
        self.tables.charge.account().refused()
    }

    /// Memories that would have grown over their own largest sizes.
    pub fn memories_stopped(&self) -> impl Iterator<Item = &Stopped> {
        self.memory.stopped.iter()
    }

    /// Tables that would have grown over their own largest sizes.
    pub fn tables_stopped(&self) -> impl Iterator<Item = &Stopped> {
        self.tables.stopped.iter()
    }
}

impl Taken {
    fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        // Over its own maximum the engine refuses the growth itself.
        if let Some(most) = maximum.filter(|maximum| desired > *maximum) {
            self.note(most as u64, desired as u64);
            return false;
        }
        // It stays charged if the engine then fails to grow: the engine also reports failures that
        // it never asked us about, so that giving back would let a guest empty its account.
        self.charge.grow(desired.saturating_sub(current)).is_ok()
    }

    fn note(&mut self, most: u64, wanted: u64) {
        if let Some(stopped) = self.stopped.iter_mut().find(|stopped| stopped.most == most) {
            stopped.wanted = stopped.wanted.max(wanted);
        } else if self.stopped.len() < SIZES {
            self.stopped.push(Stopped { most, wanted });
        }
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.memory.grow(current, desired, maximum))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.tables.grow(current, desired, maximum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Budget;

    #[test]
    fn growth_over_a_largest_size_is_noted_once_for_each() {
        let mut limits = Limits::new(&Budget::default().accounts(None));
        for desired in [20, 40, 30] {
            assert!(!limits.memory_growing(0, desired, Some(10)).unwrap());
        }
        assert!(!limits.memory_refused());
        let stopped: Vec<_> = limits.memories_stopped().copied().collect();
        assert_eq!(stopped, [Stopped { most: 10, wanted: 40 }]);
        for most in 0..1000 {
            assert!(!limits.table_growing(0, 2000, Some(most)).unwrap());
        }
        assert_eq!(limits.tables_stopped().count(), SIZES);
    }

    #[test]
    fn memories_share_one_budget() {
        let mut limits = Limits::new(&Budget { memory: 100, ..Budget::default() }.accounts(None));
        assert!(limits.memory_growing(0, 60, None).unwrap());
        assert!(!limits.memory_growing(0, 60, None).unwrap() && limits.memory_refused());
        assert!(limits.memory_growing(0, 40, None).unwrap());
        limits.memory_grow_failed(wasmtime::Error::msg("no room")).unwrap();
        assert!(!limits.memory_growing(60, 61, None).unwrap());
    }

    #[test]
    fn a_store_that_goes_gives_back_what_it_took_of_the_whole() {
        let whole = Budget { memory: 100, ..Budget::default() }.accounts(None);
        let part = || Limits::new(&Budget::default().accounts(Some(&whole)));
        let (mut one, mut other) = (part(), part());
        assert!(one.memory_growing(0, 60, None).unwrap());
        assert!(!other.memory_growing(0, 60, None).unwrap());
        assert!(other.memory_refused() && !one.memory_refused());
        drop(one);
        assert!(other.memory_growing(0, 60, None).unwrap());
    }
}
