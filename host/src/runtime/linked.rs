//! A linked program, and running it.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::account::Accounts;
use crate::app::GuestSpec;
use crate::capability::stdio::Stdio;
use crate::config::Budget;
use crate::error::{Class, Error, Result};
use crate::event::Listener;
use crate::fs::Mount;
use crate::instance::{Instance, LinkedProgram, Ready, Start};
use crate::link::Entry;
use crate::policy::Grants;
use crate::run::{self, Outcome};
use crate::runtime::Runtime;
use crate::stream::{Connection, Roots};
use crate::typed::{Call, Signature};

/// A program whose imports are met. Clones share what is open.
#[derive(Clone)]
pub struct Linked {
    pub(super) runtime: Runtime,
    pub(super) program: LinkedProgram,
    /// The run that it's a part of, if it stands behind a file.
    pub(super) within: Option<Accounts>,
    /// What its runs use, once one of them has opened it.
    pub(super) ready: Arc<OnceLock<Arc<Ready>>>,
}

impl Linked {
    /// The guests besides the main one that can be granted something.
    pub fn others(&self) -> impl Iterator<Item = &GuestSpec> {
        let isolated = self.program.isolated.iter().map(|isolated| &isolated.spec);
        self.program.others.iter().chain(isolated)
    }

    /// What the guests are granted, the main one's first.
    pub fn granted(&self) -> impl Iterator<Item = &Grants> {
        std::iter::once(&self.program.grants).chain(self.others().map(|guest| &guest.grants))
    }

    /// What is mounted at paths of its guests.
    pub fn mounts(&self) -> impl Iterator<Item = &Mount> {
        self.program.mounts.iter().chain(self.program.others_mounts.values().flatten())
    }

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        &self.program.name
    }

    /// Whether it's asked once for each HTTP request.
    pub fn answers_requests(&self) -> bool {
        matches!(self.program.code.entry, Entry::Http { .. })
    }

    /// Says what a guest besides the main one has: its arguments, grants and standard streams,
    /// which are none where nothing is said. A guest that imports nothing that grants are asked for
    /// by isn't among the [`others`](Linked::others), and nothing changes.
    pub fn guest(mut self, spec: GuestSpec) -> Linked {
        let isolated = self.program.isolated.iter_mut().map(|isolated| &mut isolated.spec);
        let known = self.program.others.iter_mut().chain(isolated);
        for known in known.filter(|known| known.name == spec.name) {
            *known = spec.clone();
        }
        self.ready = Arc::default();
        self
    }

    /// The most that its guests, and programs behind its files, may use up together: the budget,
    /// and the memory of adapters.
    pub fn most(&self) -> Budget {
        let whole = self.program.budget.clone();
        Budget { memory: self.program.memory(), ..whole }
    }

    /// The same program as a part of a run, which has these accounts.
    pub(crate) fn within(self, run: Accounts) -> Linked {
        Linked { within: Some(run), ..self }
    }

    /// The same program, of whose runs `listener` hears.
    pub(crate) fn telling(self, listener: Listener) -> Linked {
        let program = LinkedProgram { events: listener, ..self.program };
        Linked { program, ready: Arc::default(), ..self }
    }

    /// Who hears of its runs.
    pub(crate) fn listener(&self) -> &Listener {
        &self.program.events
    }

    /// Opens what the program's runs use: granted directories, and whose certificates are believed.
    /// All runs and clones share it, so that no run opens a directory; without this call the first
    /// run does it.
    ///
    /// # Errors
    /// `Class::NotFound` or `Class::Host` when something can't be opened; the next call tries again.
    pub fn ready(&self) -> Result<Arc<Ready>> {
        if let Some(ready) = self.ready.get() {
            return Ok(ready.clone());
        }
        let roots = Roots::new(self.runtime.0.config.tls_ca.as_deref())?;
        let ready = Arc::new(Ready::open(self.program.clone(), roots)?);
        Ok(self.ready.get_or_init(|| ready).clone())
    }

    /// Runs the program once, in a store of its own. `args` follow the program's name, which is the
    /// guest's first argument.
    ///
    /// The budget is the runtime's. Dropping the future ends the guest.
    ///
    /// # Errors
    /// When the guest can't start; how it ended once it has is in the [`Outcome`].
    pub async fn run(&self, args: &[String], stdio: &Stdio) -> Result<Outcome> {
        self.run_with(args, &[], stdio).await
    }

    /// [`run`](Linked::run) with variables besides those that it's granted.
    ///
    /// # Errors
    /// As [`run`](Linked::run).
    pub async fn run_with(
        &self,
        args: &[String],
        env: &[(String, String)],
        stdio: &Stdio,
    ) -> Result<Outcome> {
        let name = &self.program.name;
        let name = Path::new(name)
            .file_name()
            .map_or_else(|| name.clone(), |name| name.to_string_lossy().into());
        let argv: Vec<String> = std::iter::once(name).chain(args.iter().cloned()).collect();
        self.run_as(&argv, env, stdio).await
    }

    /// [`run_with`](Linked::run_with), with the program's own name as the first argument.
    ///
    /// # Errors
    /// As [`run`](Linked::run).
    pub async fn run_as(
        &self,
        args: &[String],
        env: &[(String, String)],
        stdio: &Stdio,
    ) -> Result<Outcome> {
        let within = self.within.as_ref();
        run::command(&*self.ready()?, &Start { args, env, stdio, within }).await
    }

    /// The function that is called, if that is what the program is run by; `None` for a command.
    pub fn signature(&self) -> Option<&Signature> {
        match &self.program.code.entry {
            Entry::Call { signature, .. } => Some(signature),
            Entry::Run { .. } | Entry::Http { .. } | Entry::Instantiate => None,
        }
    }

    /// An instance of the program, for calls with values: any number of them live side by side, and
    /// none opens a directory. No guest code runs yet.
    ///
    /// # Errors
    /// As [`ready`](Linked::ready), and `Class::Host` when there is no room for mounted files.
    pub fn instance(&self, stdio: &Stdio) -> Result<Instance> {
        let (args, within) = (std::slice::from_ref(&self.program.name), self.within.as_ref());
        self.ready()?.instance_of(&Start { args, env: &[], stdio, within })
    }

    /// Calls the program's function once, in a store of its own. What the call's arguments name is
    /// opened on the user's authority.
    ///
    /// # Errors
    /// When something can't be opened or finished, and `Class::Usage` when the program is a
    /// command.
    pub async fn call(&self, call: &Call, stdio: &Stdio) -> Result<Outcome> {
        let Entry::Call { function, signature } = &self.program.code.entry else {
            return Err(Error::new(
                Class::Usage,
                format!("`{}` is a command, and no function to call", self.program.name),
            ));
        };
        run::function(&*self.ready()?, (function, signature), (call, stdio), self.within.as_ref())
            .await
    }

    /// Hands its function a connection, in a store of its own. Also gives the error that it
    /// returned.
    ///
    /// # Errors
    /// When the guest can't start, and `Class::Usage` when the program isn't handed connections.
    pub(crate) async fn connection(
        &self,
        connection: Connection,
        stdio: &Stdio,
    ) -> Result<(Outcome, Option<String>)> {
        let Entry::Call { function, .. } = &self.program.code.entry else {
            return Err(Error::new(
                Class::Usage,
                format!("`{}` isn't handed connections", self.program.name),
            ));
        };
        let (args, within) = (std::slice::from_ref(&self.program.name), self.within.as_ref());
        let start = Start { args, env: &[], stdio, within };
        run::connection(&*self.ready()?, function, connection, &start).await
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wasmtime::component::Val;

    use super::*;
    use crate::stream::stdio::{Capture, Input, Output};
    use crate::typed::Destination;

    fn count(folder: &str) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    async fn linked(name: &str, grants: &Grants) -> Linked {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../components/wat").join(name);
        let runtime = Runtime::new(crate::config::Config::default()).unwrap();
        runtime.load(path).await.unwrap().link(grants).unwrap()
    }

    fn executor() -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().unwrap()
    }

    #[test]
    fn a_thousand_tasks_call_a_filter_without_a_thread_or_a_directory_each() {
        let executor = executor();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "::/in").parse().unwrap();
        let grants = Grants { directories: vec![folder], ..Grants::default() };
        let linked = Arc::new(executor.block_on(linked("upper.wat", &grants)));
        let standard = ["-".to_owned()];
        let signature = linked.signature().unwrap();
        let call = crate::typed::arguments(signature, &standard, Destination::default());
        let call = Arc::new(call.unwrap());
        linked.ready().unwrap();
        let before = (count("/proc/self/fd"), count("/proc/self/task"));

        let call_once = |number: usize| {
            let (linked, call) = (linked.clone(), call.clone());
            executor.spawn(async move {
                let captured = Capture::new(100);
                let stdio = Stdio {
                    stdin: Input::Bytes(format!("number {number}").into()),
                    stdout: Output::Capture(captured.clone()),
                    stderr: Output::Nothing,
                };
                let outcome = linked.call(&call, &stdio).await.unwrap();
                assert_eq!(outcome.exit, run::Exit::Code(0));
                assert_eq!(captured.contents(), format!("NUMBER {number}").into_bytes());
            })
        };
        let tasks: Vec<_> = (0..1000).map(call_once).collect();
        executor.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
        let after = (count("/proc/self/fd"), count("/proc/self/task"));
        // Other tests run beside this one, but none of them leaves hundreds behind.
        assert!(after.0 < before.0 + 100 && after.1 < before.1 + 100, "{before:?}, {after:?}");
    }

    #[test]
    fn what_a_call_returned_is_a_value_and_so_is_a_trap() {
        executor().block_on(async {
            let linked = linked("add.wat", &Grants::default()).await;
            let mut instance = linked.instance(&Stdio::nothing()).unwrap();
            for (one, other) in [(1, 2), (20, 22)] {
                let sum = instance.invoke(&[Val::U32(one), Val::U32(other)]).await;
                assert_eq!(sum, Ok(Some(Val::U32(one + other))));
            }
            let wrong = instance.invoke(&[Val::String("x".into())]).await;
            assert!(matches!(wrong, Err(run::Exit::Trap(_))), "{wrong:?}");
        });
    }
}
