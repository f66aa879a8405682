//! Memory and table budgets: sums over all memories and tables of a guest.

use wasmtime::ResourceLimiter;

use crate::config::Budget;

/// What a guest has used of its memory and table budgets. Growth over a budget fails as the spec
/// says: `memory.grow` and `table.grow` give -1; a memory or table that is too large from the start
/// keeps the guest from starting.
#[derive(Debug)]
pub struct Limits {
    memory: Account,
    tables: Account,
}

#[derive(Debug)]
struct Account {
    used: u64,
    limit: u64,
    refused: bool,
}

impl Limits {
    /// Nothing used of `budget`.
    pub fn new(budget: &Budget) -> Self {
        let account = |limit| Account { used: 0, limit, refused: false };
        Limits { memory: account(budget.memory), tables: account(budget.table_elements) }
    }

    /// Whether a memory was refused its size.
    pub fn memory_refused(&self) -> bool {
        self.memory.refused
    }

    /// Whether a table was refused its size.
    pub fn table_refused(&self) -> bool {
        self.tables.refused
    }
}

impl Account {
    fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        // Over its own maximum the engine refuses the growth itself.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let more = desired.saturating_sub(current) as u64;
        if self.used.saturating_add(more) > self.limit {
            self.refused = true;
            return false;
        }
        // It stays counted if the engine then fails to grow: the engine also reports failures that
        // it never asked us about, so that giving back would let a guest empty its account.
        self.used += more;
        true
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

    #[test]
    fn memories_share_one_budget() {
        let mut limits = Limits::new(&Budget { memory: 100, ..Budget::default() });
        assert!(limits.memory_growing(0, 60, None).unwrap());
        assert!(!limits.memory_growing(0, 60, None).unwrap() && limits.memory_refused());
        assert!(limits.memory_growing(0, 40, None).unwrap());
        limits.memory_grow_failed(wasmtime::Error::msg("no room")).unwrap();
        assert!(!limits.memory_growing(60, 61, None).unwrap());
    }
}
