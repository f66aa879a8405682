//! What opening a place takes: on whose word, under which policy, and what the run has for it.

use std::path::Path;
use std::sync::Arc;

use crate::account::Account;
use crate::event::Listener;
use crate::policy::Guard;
use crate::stream::directories::Directories;
use crate::stream::failure::{Failure, Kind};
use crate::stream::place::{Beneath, Place};
use crate::stream::roots::Roots;
use crate::stream::run_state::RunState;

/// On whose word something is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The user named it on the command line: that is its grant.
    User,
    /// The guest named it: it needs a grant.
    Guest,
}

/// What a scheme has for opening. Clones share it.
#[derive(Clone)]
pub(super) struct OpenContext {
    /// Who decides about what a guest names.
    pub guard: Arc<Guard>,
    /// The granted directories, open.
    pub directories: Directories,
    /// Whose certificates are believed.
    pub roots: Roots,
    /// Who hears of lines.
    pub events: Listener,
    /// What the host holds for the guest.
    pub account: Account,
    /// What schemes keep for this run.
    pub run: RunState,
}

impl OpenContext {
    /// Who decides, if somebody must be asked: what the user named is not asked about.
    pub fn guard(&self, authority: Authority) -> Option<&Arc<Guard>> {
        (authority == Authority::Guest).then_some(&self.guard)
    }

    /// Where a path is opened: as it stands for the user; beneath a granted directory for the
    /// guest.
    ///
    /// # Errors
    /// When no grant covers it.
    pub fn place(&self, path: &Path, write: bool, authority: Authority) -> Result<Place, Failure> {
        if authority == Authority::User {
            return Ok(Place::Anywhere(path.to_owned()));
        }
        let denied = |why: String| Failure::new(Kind::Denied, why);

        let below = self.guard.may_open(path, write).map_err(denied)?;
        let top = self.directories.get(below.grant).cloned();
        Ok(Place::Beneath(Beneath {
            top: top.ok_or_else(|| denied("its directory isn't open".to_owned()))?,
            rest: below.path,
            named: path.to_owned(),
            write,
            guard: self.guard.clone(),
        }))
    }
}
