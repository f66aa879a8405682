//! A guest in a store of its own that other guests call: the budget of each of its calls, and its
//! new start after a failure.

mod command;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard, mpsc, oneshot};
use tokio::task::JoinSet;
use wasmtime::component::ComponentExportIndex;

use crate::app::GuestSpec;
use crate::capability::stdio::Stdio;
use crate::config::Budget;
use crate::edge::{Answer, Callee, Failed, Function, Open, Transfer};
use crate::error::Result;
use crate::event::Event;
use crate::fs::Mount;
use crate::instance::context::RunContext;
use crate::instance::driven::{Ended, Job};
use crate::instance::exit::{self, Exit};
use crate::instance::live::{Instance, Parts, Shortage};
use crate::link::{Entry, Instantiable};
use crate::policy::{Allowance, Guard};
use crate::state::{ContextParts, State};
use crate::stream::{Directories, Failures};

/// An isolated guest that is linked, before a run.
#[derive(Clone)]
pub struct IsolatedGuest {
    /// Its name, and what it may use but for its allowance.
    pub spec: GuestSpec,
    /// What is instantiated.
    pub code: Arc<Instantiable<State>>,
    /// What it may use up.
    pub allowance: Allowance,
    /// Bytes of memory that its budget doesn't count.
    pub headroom: u64,
}

/// An isolated guest in a run, as its callers have it.
pub(super) struct IsolatedInstance {
    shared: Arc<Shared>,
    /// Those who drive its stores; they end with this.
    drivers: std::sync::Mutex<JoinSet<()>>,
}

/// What its callers share with those who drive its stores.
struct Shared {
    guest: IsolatedGuest,
    context: RunContext,
    /// Who decides what it may do, in each of its stores.
    guard: Arc<Guard>,
    /// Its directories, the same in each of its stores.
    directories: Directories,
    /// What is mounted at paths of it.
    mounts: Vec<Mount>,
    /// What broke off of the streams that it opened, in any of its stores.
    failures: Failures,
    /// The isolated guests that it can call.
    callees: Vec<Arc<dyn Callee>>,
    /// Its instances, as many as there may be.
    lives: Vec<Mutex<Life>>,
    /// Whose turn it is when all are busy.
    turn: AtomicUsize,
}

#[derive(Default)]
struct Life {
    /// During a call it isn't here: a call that is given up takes it along.
    instance: Option<Instance>,
    /// Where calls go while somebody drives it, and what is open in it.
    driven: Option<(mpsc::UnboundedSender<Job>, Open)>,
    failures: u32,
    /// Why it has to be started again.
    last: Option<String>,
}

impl IsolatedInstance {
    /// The guest `guest`, which can call `callees`. Its code runs when it's first called.
    ///
    /// # Errors
    /// As [`Instance::new`].
    pub(super) fn new(
        guest: &IsolatedGuest,
        (directories, mounts): (&Directories, &[Mount]),
        context: &RunContext,
        callees: Vec<Arc<dyn Callee>>,
    ) -> Result<IsolatedInstance> {
        let context = context.of_guest(Some(&guest.spec.name));
        let instances = guest.allowance.instances.map_or(1, |count| count.get() as usize);
        let mut shared = Shared {
            guard: context.guard_of(&guest.spec.name, &guest.spec.grants),
            guest: guest.clone(),
            context,
            directories: directories.clone(),
            mounts: mounts.to_vec(),
            failures: Failures::default(),
            callees,
            lives: std::iter::repeat_with(Mutex::default).take(instances).collect(),
            turn: AtomicUsize::new(0),
        };

        // A command has a new store for each call; this one has shown that there's room for it.
        let first = shared.instance(&shared.stdio())?;
        if !shared.is_command() {
            shared.lives[0].get_mut().instance = Some(first);
        }
        Ok(IsolatedInstance { shared: Arc::new(shared), drivers: Default::default() })
    }

    /// Who decides what it may do, and what broke off of the streams that it opened.
    pub(super) fn watched(&self) -> (Arc<Guard>, Failures) {
        (self.shared.guard.clone(), self.shared.failures.clone())
    }

    /// Makes a call that goes on with others: whoever drives the instance makes it.
    async fn submit(
        &self,
        (place, mut life): (usize, MutexGuard<'_, Life>),
        function: &Function,
        index: ComponentExportIndex,
        arguments: Vec<Transfer>,
    ) -> Result<Option<Transfer>, String> {
        let (answer, answered) = oneshot::channel();
        let timeout = self.shared.budget().timeout;
        let deadline = timeout.and_then(|limit| Instant::now().checked_add(limit));
        let has_result = function.has_result;
        let job = Job { function: index, arguments, has_result, deadline, answer };

        let open = match &life.driven {
            Some((jobs, open)) => {
                // Who drives looks here for jobs before ending.
                let _ = jobs.send(job);
                open.clone()
            }
            None => {
                let instance = self.shared.ready(&mut life)?;
                let (jobs, queue) = mpsc::unbounded_channel();
                let open = Open::default();
                life.driven = Some((jobs, open.clone()));
                let driver = Driver { place, queue, open: open.clone() };
                let driving = self.shared.clone().drive(driver, instance, job);
                let mut drivers = self.drivers.lock().unwrap_or_else(PoisonError::into_inner);
                while drivers.try_join_next().is_some() {}
                drivers.spawn(driving);
                open
            }
        };
        drop(life);
        answered
            .await
            .map_err(|_| open.failure().map_or_else(|| GIVEN_UP.to_owned(), |(_, why)| why))
    }
}

/// Who drives an instance.
struct Driver {
    /// Which of the guest's instances it is.
    place: usize,
    /// What else is to be called in it.
    queue: mpsc::UnboundedReceiver<Job>,
    /// What is open in it.
    open: Open,
}

/// What is said of a call that nobody waits for any more.
const GIVEN_UP: &str = "was given up in the middle of a call";

impl Shared {
    fn is_command(&self) -> bool {
        matches!(self.guest.code.entry, Entry::Run { .. })
    }

    fn budget(&self) -> Budget {
        let (own, whole) = (&self.guest.allowance, &self.context.budget);
        Budget {
            memory: own.memory.unwrap_or(whole.memory),
            table_elements: own.table_elements.unwrap_or(whole.table_elements),
            timeout: own.call_timeout,
            fuel: own.call_fuel.or(whole.fuel),
            handles: own.handles.unwrap_or(whole.handles),
            stack: whole.stack,
            host_memory: own.host_memory.unwrap_or(whole.host_memory),
        }
    }

    fn stdio(&self) -> Stdio {
        self.guest.spec.stdio_or(Stdio::nothing())
    }

    fn instance(&self, stdio: &Stdio) -> Result<Instance> {
        let (spec, budget, context) = (&self.guest.spec, self.budget(), &self.context);
        let account = context.run.host_memory.part(budget.host_memory);
        let opener = context
            .opener(&self.guard, &self.directories, stdio, account)
            .noting_in(self.failures.clone());

        let own = ContextParts {
            args: &[std::slice::from_ref(&spec.name), &spec.args].concat(),
            env: &[],
            grants: &spec.grants,
            directories: self.directories.clone(),
            stdio,
            mounts: &self.mounts,
            trees: context.trees.clone(),
            guard: self.guard.clone(),
            opener,
        };
        Instance::new(Parts {
            code: &self.guest.code,
            guests: vec![own],
            callees: self.callees.clone(),
            elsewhere: Vec::new(),
            budget,
            headroom: self.guest.headroom,
            context: context.clone(),
        })
    }

    async fn attempt(
        &self,
        life: &mut Life,
        function: &ComponentExportIndex,
        has_result: bool,
        arguments: Vec<Transfer>,
    ) -> Result<Option<Transfer>, String> {
        let mut instance = self.ready(life)?;
        // So it stays if this call is given up, which takes the instance along.
        life.last = Some(GIVEN_UP.to_owned());
        let limit = instance.budget().timeout;

        let started = instance.within(limit, async |instance| instance.start().await).await;
        if let Err(error) = started.ok_or_else(|| over(limit))? {
            return Err(too_large(&instance).unwrap_or_else(|| ended_as(error, instance.budget())));
        }

        let called = instance.within(limit, async |instance| {
            instance.call_across(function, arguments, has_result).await
        });
        let called = called.await.ok_or_else(|| over(limit))?;
        match called {
            Ok(result) => {
                life.instance = Some(instance);
                Ok(result)
            }
            Err(error) => {
                self.note_budgets(&instance);
                Err(ended_as(error, instance.budget()))
            }
        }
    }

    /// Drives an instance, first for one call, until nothing is open in it.
    async fn drive(self: Arc<Self>, driver: Driver, mut instance: Instance, first: Job) {
        let Driver { place, mut queue, open } = driver;
        let mut job = first;
        loop {
            let ended = instance.drive(job, &mut queue, &open).await;
            let mut life = self.lives[place].lock().await;
            let why = match ended {
                Ended::Idle => match queue.try_recv() {
                    Ok(next) => {
                        job = next;
                        continue;
                    }
                    Err(_) => {
                        life.driven = None;
                        life.instance = Some(instance);
                        return;
                    }
                },
                Ended::Late => over(instance.budget().timeout),
                Ended::GivenUp => GIVEN_UP.to_owned(),
                Ended::Failed(error) if !instance.is_started() => {
                    too_large(&instance).unwrap_or_else(|| ended_as(error, instance.budget()))
                }
                Ended::Failed(error) => {
                    self.note_budgets(&instance);
                    ended_as(error, instance.budget())
                }
            };

            open.fail(&self.guest.spec.name, &why);
            life.driven = None;
            life.last = Some(why);
            life.failures = life.failures.saturating_add(1);
            return;
        }
    }

    /// An instance that isn't busy, or that whose turn it is.
    async fn life(&self) -> (usize, MutexGuard<'_, Life>) {
        for (place, life) in self.lives.iter().enumerate() {
            if let Ok(life) = life.try_lock()
                && (life.driven.is_none() || self.lives.len() == 1)
            {
                return (place, life);
            }
        }
        let place = self.turn.fetch_add(1, Ordering::Relaxed) % self.lives.len();
        (place, self.lives[place].lock().await)
    }

    /// The instance, made anew if there is none.
    fn ready(&self, life: &mut Life) -> Result<Instance, String> {
        match life.instance.take() {
            Some(instance) => Ok(instance),
            None => self.restart(life),
        }
    }

    /// Notes which budgets it had met when it failed.
    fn note_budgets(&self, instance: &Instance) {
        instance.note_budgets(Some(&self.guest.spec.name), &[]);
    }

    /// A new instance after a failure, if there may be one.
    fn restart(&self, life: &Life) -> Result<Instance, String> {
        if let Some(most) = self.guest.allowance.restarts.filter(|most| life.failures > *most) {
            return Err(format!(
                "failed {} times, and isn't started again (`restarts` is {most})",
                life.failures
            ));
        }
        if let Some(why) = life.last.clone() {
            let (guest, said) = (self.guest.spec.name.clone(), self.guard.said().take());
            self.context.events.emit(Event::Restarting { guest, why, said });
        }
        self.instance(&self.stdio()).map_err(|error| format!("can't be started again: {error}"))
    }
}

impl Callee for IsolatedInstance {
    fn call<'a>(&'a self, function: &'a Function, arguments: Vec<Transfer>) -> Answer<'a> {
        Box::pin(async move {
            let failed = |why| Failed {
                guest: self.shared.guest.spec.name.clone(),
                function: function.name.clone(),
                why,
            };
            let Some(index) = function.index else {
                return self.shared.run(arguments).await.map_err(failed);
            };

            let (place, mut life) = self.shared.life().await;
            if function.concurrent || life.driven.is_some() {
                let called = self.submit((place, life), function, index, arguments);
                return called.await.map_err(failed);
            }
            let called = self.shared.attempt(&mut life, &index, function.has_result, arguments);
            let result = called.await;
            life.last = result.as_ref().err().cloned();
            life.failures = life.failures.saturating_add(u32::from(result.is_err()));
            result.map_err(failed)
        })
    }
}

fn over(limit: Option<Duration>) -> String {
    format!("went over its call-timeout of {:?}", limit.unwrap_or_default())
}

/// Why a guest didn't start, if it needs more than its budget.
fn too_large(instance: &Instance) -> Option<String> {
    instance.shortage().map(|shortage| match shortage {
        Shortage::Memory(budget) => {
            format!("needs more memory to start than its budget of {budget} bytes")
        }
        Shortage::TableElements(budget) => {
            format!("needs more table elements to start than its budget of {budget}")
        }
    })
}

/// How a guest's own end is described to its caller, after its name.
fn ended_as(error: wasmtime::Error, budget: &Budget) -> String {
    if let Some(error) = exit::is_ours(&error) {
        return format!("can't be started: {error}");
    }
    Exit::of(error, budget).to_string()
}
