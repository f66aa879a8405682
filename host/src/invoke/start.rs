//! What a run starts with: the program, its grants and budgets, and the guests beside it.

use crate::account::Accounts;
use crate::app::GuestSpec;
use crate::capability::stdio::Stdio;
use crate::config::Budget;
use crate::event::Listener;
use crate::invoke::cell::Apart;
use crate::invoke::confined::Confined;
use crate::policy::Grants;
use crate::state::State;
use crate::stream::{Mount, Roots};
use crate::wire::Wired;

/// What a guest is started with.
pub struct Start<'a> {
    /// The program's name, for messages.
    pub name: &'a str,
    /// What is started.
    pub wired: &'a Wired<State>,
    /// What it may use.
    pub grants: &'a Grants,
    /// Its standard streams.
    pub stdio: &'a Stdio,
    /// Files that aren't on a disk.
    pub mounts: &'a [Mount],
    /// The other guests of a graph that have grants of their own, in the order of their numbers.
    pub others: &'a [GuestSpec],
    /// The guests in stores of their own, each after those that it calls.
    pub isolated: &'a [Apart],
    /// The guests in the same store whose memory or tables are limited.
    pub confined: &'a [Confined],
    /// What it may use up, with all programs behind its files.
    pub budget: &'a Budget,
    /// What the run may use up in which this program stands behind a file.
    pub within: Option<&'a Accounts>,
    /// Memory, in bytes, that its budget doesn't count: that of an adapter, below the program's
    /// own.
    pub headroom: u64,
    /// Whose certificates are believed.
    pub roots: Roots,
    /// Who hears what it writes to `log:`, and where its open sockets listen.
    pub events: Listener,
}

impl Start<'_> {
    /// What the whole run may take: its budget, and the memory that no budget counts.
    pub(super) fn accounts(&self) -> Accounts {
        let headrooms = self.isolated.iter().map(|apart| apart.headroom);
        let memory = headrooms.chain([self.headroom]).fold(self.budget.memory, u64::saturating_add);
        Budget { memory, ..self.budget.clone() }.accounts(self.within)
    }
}
