//! What the host holds in a store's table for its guests, as far as that is charged: roughly
//! counted, and weighed now and then.

use crate::account::{Account, Charge, OverBudget};

/// How much is added, in bytes, until what is there is weighed.
const STRIDE: usize = 16 << 20;

/// What is held for the guests of a store.
pub struct Held {
    charge: Charge,
    /// How much was added since it was weighed.
    added: usize,
}

impl Held {
    /// Nothing yet; it's charged to `account`.
    pub fn new(account: &Account) -> Held {
        Held { charge: account.open(), added: 0 }
    }

    /// Whether what is there should be weighed before so much more is added.
    pub fn is_doubtful(&self, more: usize) -> bool {
        self.added.saturating_add(more) > STRIDE || !self.charge.has_room(more)
    }

    /// It was weighed.
    ///
    /// # Errors
    /// When it's more than there may be.
    pub fn set(&mut self, bytes: usize) -> Result<(), OverBudget> {
        self.added = 0;
        self.charge.shrink_to(bytes);
        self.charge.grow(bytes - self.bytes())
    }

    /// Charges for what is about to be held.
    ///
    /// # Errors
    /// When it's more than there may be.
    pub fn add(&mut self, more: usize) -> Result<(), OverBudget> {
        self.added = self.added.saturating_add(more);
        self.charge.grow(more)
    }

    /// Gives back what is held no longer.
    pub fn give_back(&mut self, less: usize) {
        self.charge.shrink_to(self.bytes().saturating_sub(less));
    }

    fn bytes(&self) -> usize {
        usize::try_from(self.charge.bytes()).unwrap_or(usize::MAX)
    }
}
