//! Which budgets the guests of an instance had met when it failed.

use crate::app::GuestSpec;
use crate::instance::live::Instance;
use crate::policy::{Denial, Needed};

impl Instance {
    /// Notes them. `main` is the main guest's name, if it isn't the whole program that is meant;
    /// `others` are those that share its store.
    pub(crate) fn note_budgets(&self, main: Option<&str>, others: &[GuestSpec]) {
        let (state, budget) = (self.state(), self.budget());
        let over = |guest: Option<&str>, what, grant| {
            self.context().denials.add(Denial { guest: guest.map(str::to_owned), what, grant });
        };

        if state.limits.memory_refused() {
            over(main, format!("have more memory than {} bytes", budget.memory), Needed::Memory);
        }
        if state.limits.table_refused() {
            let what = format!("have more than {} table elements", budget.table_elements);
            over(main, what, Needed::TableElements);
        }
        let accounts = state.accounts().enumerate();
        for (index, account) in accounts.filter(|(_, account)| account.refused()) {
            // A guest without a limit of its own has the whole graph's.
            let other = index.checked_sub(1).and_then(|index| others.get(index));
            let own = other.filter(|guest| guest.allowance.host_memory.is_some());
            let guest = own.map(|guest| guest.name.as_str()).or(main);
            let what = format!("have the host hold more than {} bytes", account.limit());
            over(guest, what, Needed::HostMemory);
        }
    }
}
