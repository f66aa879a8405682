//! What the guests of one run have in common, in whatever store they are.

use std::sync::Arc;

use crate::account::{Account, Accounts};
use crate::capability::stdio::{Hangup, Stdio};
use crate::config::Budget;
use crate::event::Listener;
use crate::fs::Trees;
use crate::policy::{Denials, Grants, Guard};
use crate::stream::{Directories, Lingering, Opener, Roots, RunState};

/// What the guests of one run have in common. Clones share it.
#[derive(Clone)]
pub(crate) struct RunContext {
    /// What is said of the whole graph.
    pub budget: Budget,
    /// What was refused to any of them.
    pub denials: Denials,
    /// Whether the reader of standard output has gone.
    pub hangup: Hangup,
    /// Closed streams that are still sending.
    pub lingering: Lingering,
    /// Whose certificates are believed.
    pub roots: Roots,
    /// Who hears of refusals, and of what is written to `log:`.
    pub events: Listener,
    /// What all of them may take.
    pub run: Accounts,
    /// What schemes of URLs keep for all of them.
    pub schemes: RunState,
    /// Mounted memory that all of them share.
    pub trees: Trees,
}

impl RunContext {
    /// That of a new run.
    pub(super) fn new(budget: Budget, run: Accounts, roots: Roots, events: Listener) -> RunContext {
        RunContext {
            run,
            budget,
            denials: Denials::default(),
            hangup: Hangup::default(),
            lingering: Lingering::default(),
            roots,
            events,
            schemes: RunState::default(),
            trees: Trees::default(),
        }
    }

    /// The same for one guest, the main one if it has no name: what it says is bounded.
    pub(super) fn of_guest(&self, name: Option<&str>) -> RunContext {
        RunContext { events: self.events.bounded(name), ..self.clone() }
    }

    /// Who decides what the main guest may do.
    pub(super) fn guard(&self, grants: &Grants) -> Arc<Guard> {
        Arc::new(Guard::new(grants, self.denials.clone()).telling(self.events.clone()))
    }

    /// Who decides what the guest `name` may do.
    pub(super) fn guard_of(&self, name: &str, grants: &Grants) -> Arc<Guard> {
        let guard = Guard::of_guest(name, grants, self.denials.clone());
        Arc::new(guard.telling(self.events.clone()))
    }

    /// Who opens what a guest names. What the host then holds is charged to `account`.
    pub(super) fn opener(
        &self,
        guard: &Arc<Guard>,
        directories: &Directories,
        stdio: &Stdio,
        account: Account,
    ) -> Opener {
        Opener::new(
            (guard.clone(), directories.clone()),
            self.roots.clone(),
            stdio.clone(),
            self.hangup.clone(),
            self.events.clone(),
        )
        .sharing(self.schemes.clone(), account)
        .lingering_in(self.lingering.clone())
    }
}
