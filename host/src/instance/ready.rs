//! A linked program with everything open that its instances use, so that making one opens nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::account::Accounts;
use crate::app::GuestSpec;
use crate::capability::stdio::Stdio;
use crate::config::Budget;
use crate::edge::Callee;
use crate::error::Result;
use crate::event::Listener;
use crate::fs::Mount;
use crate::instance::confined::Confined;
use crate::instance::context::RunContext;
use crate::instance::isolated::{IsolatedGuest, IsolatedInstance};
use crate::instance::live::{Instance, Parts};
use crate::link::Instantiable;
use crate::policy::Grants;
use crate::state::{ContextParts, State};
use crate::stream::{Directories, Roots};

/// What instances of a program are made from, any number of them and at once.
pub struct Ready {
    program: LinkedProgram,
    /// Whose certificates are believed.
    roots: Roots,
    /// The main guest's directories.
    directories: Directories,
    /// The other guests in its store, in their order.
    others: Vec<OpenGuest>,
    /// The directories of the isolated guests, in their order.
    isolated: Vec<Directories>,
}

/// What a guest besides the main one has in each instance.
struct OpenGuest {
    /// Its arguments, its name first.
    args: Vec<String>,
    stdio: Stdio,
    directories: Directories,
}

/// What an instance is started with.
#[derive(Clone, Copy)]
pub(crate) struct Start<'a> {
    /// The main guest's arguments, its own name first.
    pub args: &'a [String],
    /// Its variables, besides those that it's granted.
    pub env: &'a [(String, String)],
    /// Its standard streams.
    pub stdio: &'a Stdio,
    /// The run that it's a part of, and has these accounts.
    pub within: Option<&'a Accounts>,
}

/// A linked program, and what its guests may use.
#[derive(Clone)]
pub struct LinkedProgram {
    /// Its name, for messages.
    pub name: String,
    /// What is instantiated.
    pub code: Arc<Instantiable<State>>,
    /// What the main guest may use.
    pub grants: Grants,
    /// What is mounted at paths of the main guest.
    pub mounts: Vec<Mount>,
    /// What is mounted at paths of the others, by their names.
    pub others_mounts: BTreeMap<String, Vec<Mount>>,
    /// The other guests of a graph that have grants of their own, in the order of their numbers.
    pub others: Vec<GuestSpec>,
    /// The guests in stores of their own, each after those that it calls.
    pub isolated: Vec<IsolatedGuest>,
    /// The guests in the same store whose memory or tables are limited.
    pub confined: Vec<Confined>,
    /// What it may use up.
    pub budget: Budget,
    /// Memory, in bytes, that its budget doesn't count: that of an adapter, below the program's
    /// own.
    pub headroom: u64,
    /// Who hears what it writes to `log:`, and where its open sockets listen.
    pub events: Listener,
}

impl LinkedProgram {
    /// The most memory that its guests may have together, in bytes: that of the budget, and what no
    /// budget counts.
    pub(crate) fn memory(&self) -> u64 {
        let headrooms = self.isolated.iter().map(|guest| guest.headroom).chain([self.headroom]);
        headrooms.fold(self.budget.memory, u64::saturating_add)
    }
}

impl LinkedProgram {
    /// What is mounted for a guest besides the main one.
    fn mounts_of(&self, guest: &str) -> &[Mount] {
        self.others_mounts.get(guest).map_or(&[], Vec::as_slice)
    }
}

impl Ready {
    /// Opens what a program's instances use. Their connections believe the certificates of `roots`.
    ///
    /// # Errors
    /// `Class::NotFound` or `Class::Host` when a granted directory can't be opened.
    pub fn open(program: LinkedProgram, roots: Roots) -> Result<Ready> {
        let open = |grants: &Grants| Directories::open(&grants.directories);
        Ok(Ready {
            directories: open(&program.grants)?,
            others: program.others.iter().map(OpenGuest::open).collect::<Result<_>>()?,
            isolated: program
                .isolated
                .iter()
                .map(|guest| open(&guest.spec.grants))
                .collect::<Result<_>>()?,
            program,
            roots,
        })
    }

    /// The program.
    pub fn program(&self) -> &LinkedProgram {
        &self.program
    }

    /// Makes a store for the program, with the main guest's `args`, its own name first, and its
    /// standard streams. No guest code runs yet.
    ///
    /// # Errors
    /// `Class::Host` when a directory can't be looked at.
    pub fn instance(&self, args: &[String], stdio: &Stdio) -> Result<Instance> {
        self.instance_of(&Start { args, env: &[], stdio, within: None })
    }

    /// [`instance`](Ready::instance) with all that can be said of one.
    ///
    /// # Errors
    /// As [`instance`](Ready::instance).
    pub(crate) fn instance_of(&self, start: &Start<'_>) -> Result<Instance> {
        let Start { within, .. } = *start;
        let LinkedProgram { code, budget, events, .. } = &self.program;
        let whole = Budget { memory: self.program.memory(), ..budget.clone() };
        let run = whole.accounts(within);
        let context = RunContext::new(budget.clone(), run, self.roots.clone(), events.clone());

        let (mut callees, mut elsewhere) = (Vec::<Arc<dyn Callee>>::new(), Vec::new());
        for (guest, directories) in self.program.isolated.iter().zip(&self.isolated) {
            let mounts = self.program.mounts_of(&guest.spec.name);
            let given = (directories, mounts);
            let callee = IsolatedInstance::new(guest, given, &context, callees.clone())?;
            elsewhere.push(callee.watched());
            callees.push(Arc::new(callee));
        }

        let mut guests = vec![self.main(&context, start)];
        for (spec, open) in self.program.others.iter().zip(&self.others) {
            guests.push(open.context(&context, spec, self.program.mounts_of(&spec.name)));
        }

        let (budget, headroom) = (budget.clone(), self.program.headroom);
        Instance::new(Parts { code, guests, callees, elsewhere, budget, headroom, context })
    }

    fn main<'a>(&'a self, context: &RunContext, start: &Start<'a>) -> ContextParts<'a> {
        let Start { args, env, stdio, .. } = *start;
        let LinkedProgram { grants, mounts, .. } = &self.program;
        let (directories, account) = (self.directories.clone(), context.run.host_memory.clone());
        let (context, trees) = (context.of_guest(None), context.trees.clone());
        let guard = context.guard(grants);
        let opener = context.opener(&guard, &directories, stdio, account);
        ContextParts { args, env, grants, directories, stdio, mounts, trees, guard, opener }
    }
}

impl OpenGuest {
    fn open(spec: &GuestSpec) -> Result<OpenGuest> {
        Ok(OpenGuest {
            args: [std::slice::from_ref(&spec.name), &spec.args].concat(),
            stdio: spec.stdio_or(Stdio::nothing()),
            directories: Directories::open(&spec.grants.directories)?,
        })
    }

    fn context<'a>(
        &'a self,
        context: &RunContext,
        spec: &'a GuestSpec,
        mounts: &'a [Mount],
    ) -> ContextParts<'a> {
        let GuestSpec { name, grants, allowance, .. } = spec;
        let OpenGuest { args, stdio, directories } = self;
        let context = context.of_guest(Some(name));
        let account = match allowance.host_memory {
            Some(limit) => context.run.host_memory.part(limit),
            None => context.run.host_memory.clone(),
        };

        let (guard, directories) = (context.guard_of(name, grants), directories.clone());
        let trees = context.trees.clone();
        let opener = context.opener(&guard, &directories, stdio, account);
        let env = &[];
        ContextParts { args, env, grants, directories, stdio, mounts, trees, guard, opener }
    }
}
