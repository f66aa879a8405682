//! What the host holds on behalf of a guest, in bytes, and how much that may be.
//!
//! A guest's own memory is the engine's to count. What the host keeps for it (what it wrote to
//! `mem:`, what waits in a buffer, names that it made up) is charged here before it's held. A
//! [`Charge`] gives back what it stands for when it's dropped, so nobody has to remember to.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What is held, and how much may be. Clones are the same account.
#[derive(Clone, Debug)]
pub struct Account(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limit: u64,
    used: AtomicU64,
    refused: AtomicBool,
    /// What is charged here is charged there, too.
    whole: Option<Account>,
}

impl Account {
    /// An account of at most `limit` bytes.
    pub fn new(limit: u64) -> Account {
        Account::of(limit, None)
    }

    /// An account within this one: what is charged to it counts for both.
    pub fn part(&self, limit: u64) -> Account {
        Account::of(limit, Some(self.clone()))
    }

    fn of(limit: u64, whole: Option<Account>) -> Account {
        let (used, refused) = (AtomicU64::new(0), AtomicBool::new(false));
        Account(Arc::new(Inner { limit, used, refused, whole }))
    }

    /// Takes `bytes` of it, until the charge is dropped.
    ///
    /// # Errors
    /// When that would be more than there may be; nothing is taken then.
    pub fn charge(&self, bytes: usize) -> Result<Charge, OverBudget> {
        let mut charge = self.open();
        charge.grow(bytes)?;
        Ok(charge)
    }

    /// A charge of nothing, which can grow.
    pub fn open(&self) -> Charge {
        Charge { account: self.clone(), bytes: 0 }
    }

    /// How much is taken.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// The most that may be.
    pub fn limit(&self) -> u64 {
        self.0.limit
    }

    /// Whether something was refused.
    pub fn refused(&self) -> bool {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Whether both are the same account.
    pub fn is(&self, other: &Account) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn has_room(&self, bytes: u64) -> bool {
        let sum = self.used().saturating_add(bytes);
        sum <= self.0.limit && self.0.whole.as_ref().is_none_or(|whole| whole.has_room(bytes))
    }

    fn take(&self, bytes: u64) -> Result<(), OverBudget> {
        let room = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.0.limit);
        if self.0.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_err() {
            self.0.refused.store(true, Ordering::Relaxed);
            return Err(OverBudget { limit: self.0.limit });
        }

        if let Some(whole) = &self.0.whole
            && let Err(over) = whole.take(bytes)
        {
            self.0.used.fetch_sub(bytes, Ordering::Relaxed);
            self.0.refused.store(true, Ordering::Relaxed);
            return Err(over);
        }
        Ok(())
    }

    fn give_back(&self, bytes: u64) {
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.0.whole {
            whole.give_back(bytes);
        }
    }
}

/// The accounts of a run: its guests', and those of the programs behind its files.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Bytes of linear memory.
    pub memory: Account,
    /// Elements of tables.
    pub table_elements: Account,
    /// Bytes that the host holds.
    pub host_memory: Account,
}

/// Bytes that are held.
#[derive(Debug)]
pub struct Charge {
    account: Account,
    bytes: u64,
}

impl Charge {
    /// Takes so many bytes more.
    ///
    /// # Errors
    /// As [`Account::charge`]; the charge stays what it was.
    pub fn grow(&mut self, more: usize) -> Result<(), OverBudget> {
        self.account.take(more as u64)?;
        self.bytes += more as u64;
        Ok(())
    }

    /// Whether so many bytes more can be taken. To ask is no refusal.
    pub fn has_room(&self, more: usize) -> bool {
        self.account.has_room(more as u64)
    }

    /// Gives back all but `bytes`, if it's more.
    pub fn shrink_to(&mut self, bytes: usize) {
        let less = self.bytes.saturating_sub(bytes as u64);
        self.account.give_back(less);
        self.bytes -= less;
    }

    /// How many bytes it stands for.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where it's taken from.
    pub fn account(&self) -> &Account {
        &self.account
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.give_back(self.bytes);
    }
}

/// The host would have to hold more for a guest than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverBudget {
    /// The most that it may, in bytes.
    pub limit: u64,
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it went over its host memory budget of {} bytes", self.limit)
    }
}

impl std::error::Error for OverBudget {}

impl From<OverBudget> for std::io::Error {
    fn from(over: OverBudget) -> Self {
        std::io::Error::new(std::io::ErrorKind::QuotaExceeded, over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let account = Account::new(100);
        let mut first = account.charge(60).unwrap();
        assert_eq!(account.charge(41).unwrap_err(), OverBudget { limit: 100 });
        assert!(account.refused() && account.used() == 60);
        first.grow(40).unwrap();
        assert!(first.grow(1).is_err() && first.bytes() == 100);
        first.shrink_to(10);
        assert_eq!(account.used(), 10);
        drop(first);
        assert_eq!(account.used(), 0);
        assert!(account.charge(usize::MAX).is_err());
    }

    #[test]
    fn a_part_counts_for_the_whole_and_is_held_by_both() {
        let whole = Account::new(100);
        let (one, other) = (whole.part(80), whole.part(80));
        let held = one.charge(70).unwrap();
        assert_eq!(other.charge(40).unwrap_err().limit, 100);
        assert_eq!((one.used(), other.used(), whole.used()), (70, 0, 70));
        assert_eq!(one.charge(20).unwrap_err().limit, 80);
        drop(held);
        assert_eq!((one.used(), whole.used()), (0, 0));
    }

    #[test]
    fn threads_never_take_more_than_there_is() {
        let account = Account::new(1000);
        let taken = std::thread::scope(|scope| {
            let take = || (0..100).filter_map(|_| account.charge(7).ok()).collect::<Vec<_>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(taken.len(), 142);
        drop(taken);
        assert_eq!(account.used(), 0);
    }
}
