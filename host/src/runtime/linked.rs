//! A linked program, and running it.

use super::*;

use crate::account::Accounts;
use crate::config::Budget;
use crate::event::Listener;

/// A program whose imports are met.
#[derive(Clone)]
pub struct Linked {
    pub(super) runtime: Runtime,
    pub(super) name: String,
    pub(super) wired: Arc<Wired<State>>,
    pub(super) grants: Grants,
    pub(super) others: Vec<GuestSpec>,
    pub(super) isolated: Vec<Apart>,
    pub(super) confined: Vec<Confined>,
    pub(super) mounts: Vec<Mount>,
    pub(super) headroom: u64,
    /// The run that it's a part of, if it stands behind a file, and who hears of it then.
    pub(super) within: Option<Accounts>,
    pub(super) listener: Option<Listener>,
}

impl Linked {
    /// The guests besides the main one that can be granted something.
    pub fn others(&self) -> impl Iterator<Item = &GuestSpec> {
        self.others.iter().chain(self.isolated.iter().map(|isolated| &isolated.spec))
    }

    /// What the guests are granted, the main one's first.
    pub fn granted(&self) -> impl Iterator<Item = &Grants> {
        std::iter::once(&self.grants).chain(self.others().map(|guest| &guest.grants))
    }

    /// Whether programs stand behind files of it.
    pub fn has_mounts(&self) -> bool {
        !self.mounts.is_empty()
    }

    /// Says what a guest besides the main one has: its arguments, grants and standard streams,
    /// which are none where nothing is said. A guest that imports nothing that grants are asked for
    /// by isn't among the [`others`](Linked::others), and nothing changes.
    pub fn guest(mut self, spec: GuestSpec) -> Linked {
        let isolated = self.isolated.iter_mut().map(|isolated| &mut isolated.spec);
        for own in self.others.iter_mut().chain(isolated).filter(|own| own.name == spec.name) {
            *own = spec.clone();
        }
        self
    }

    /// The most that its guests, and programs behind its files, may use up together: the budget,
    /// and the memory of adapters.
    pub fn most(&self) -> Budget {
        let whole = self.runtime.0.config.budget.clone();
        let headrooms = self.isolated.iter().map(|apart| apart.headroom).chain([self.headroom]);
        Budget { memory: headrooms.fold(whole.memory, u64::saturating_add), ..whole }
    }

    /// The same program as a part of a run, which has these accounts.
    pub(crate) fn within(self, run: Accounts) -> Linked {
        Linked { within: Some(run), ..self }
    }

    /// The same program, of whose runs `listener` hears.
    pub(crate) fn telling(self, listener: Listener) -> Linked {
        Linked { listener: Some(listener), ..self }
    }

    /// Who hears of its runs.
    pub(crate) fn listener(&self) -> &Listener {
        self.listener.as_ref().unwrap_or(&self.runtime.0.config.listener)
    }

    /// Runs the program once, in a store of its own. `args` follow the program's name, which is the
    /// guest's first argument.
    ///
    /// The budget is the runtime's. Dropping the future ends the guest.
    ///
    /// # Errors
    /// When the guest can't start; how it ended once it has is in the [`Outcome`].
    pub async fn run(&self, args: &[String], stdio: &Stdio) -> Result<Outcome> {
        let name = Path::new(&self.name)
            .file_name()
            .map_or_else(|| self.name.clone(), |n| n.to_string_lossy().into());
        let argv: Vec<String> = std::iter::once(name).chain(args.iter().cloned()).collect();
        invoke::run(&self.start(stdio)?, &argv).await
    }

    /// The function that is called, if that is what the program is run by; `None` for a command.
    pub fn signature(&self) -> Option<&Signature> {
        match &self.wired.entry {
            Entry::Call { signature, .. } => Some(signature),
            Entry::Run { .. } | Entry::Instantiate => None,
        }
    }

    /// Calls the program's function once, in a store of its own. What the call's arguments name is
    /// opened on the user's authority.
    ///
    /// # Errors
    /// When something can't be opened or finished, and `Class::Usage` when the program is a
    /// command.
    pub async fn call(&self, call: &Call, stdio: &Stdio) -> Result<Outcome> {
        let Entry::Call { function, signature } = &self.wired.entry else {
            return Err(Error::new(
                Class::Usage,
                format!("`{}` is a command, and no function to call", self.name),
            ));
        };
        invoke::call(&self.start(stdio)?, (function, signature), call).await
    }

    fn start<'a>(&'a self, stdio: &'a Stdio) -> Result<Start<'a>> {
        let config = &self.runtime.0.config;
        Ok(Start {
            name: &self.name,
            wired: &self.wired,
            grants: &self.grants,
            stdio,
            others: &self.others,
            isolated: &self.isolated,
            confined: &self.confined,
            mounts: &self.mounts,
            budget: &config.budget,
            within: self.within.as_ref(),
            headroom: self.headroom,
            roots: Roots::new(config.tls_ca.as_deref())?,
            events: self.listener().clone(),
        })
    }
}
