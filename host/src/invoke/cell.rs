//! An isolated guest of a run: its store, the budget of each of its calls, and its new start after
//! a failure.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use wasmtime::component::{ComponentExportIndex, Instance, Val};
use wasmtime::{AsContextMut as _, Store};

use crate::account::Accounts;
use crate::app::GuestSpec;
use crate::capability::stdio::{Hangup, Input, Output, Stdio};
use crate::config::Budget;
use crate::error::Result;
use crate::event::{Event, Listener};
use crate::invoke::{self, Exit, deadline, exit};
use crate::isolate::{Answer, Failed, Function, Isolated, Moved, Passed};
use crate::policy::{Allowance, Denial, Denials, Guard, Needed};
use crate::state::{self, Seat, State};
use crate::stream::{
    Directories, Failures, HandedInput, HandedOutput, Lingering, Memories, Opener, Roots,
};
use crate::wire::{Entry, Wired};

/// An isolated guest that is linked, before a run.
#[derive(Clone)]
pub struct Apart {
    /// Its name, and what it may use but for its allowance.
    pub spec: GuestSpec,
    /// What is instantiated.
    pub wired: Arc<Wired<State>>,
    /// What it may use up.
    pub allowance: Allowance,
    /// Bytes of memory that its budget doesn't count.
    pub headroom: u64,
}

/// What guests of one run have in common.
#[derive(Clone)]
pub(super) struct Surroundings {
    /// What is said of the whole graph.
    pub budget: Budget,
    pub denials: Denials,
    pub hangup: Hangup,
    pub lingering: Lingering,
    pub roots: Roots,
    pub events: Listener,
    /// What all of them may take.
    pub run: Accounts,
    /// What all of them write to `mem:`.
    pub memories: Memories,
}

/// An isolated guest in a run.
pub(super) struct Cell {
    guest: Apart,
    surroundings: Surroundings,
    /// Who decides what it may do.
    guard: Arc<Guard>,
    /// Its directories, the same in each of its stores.
    directories: Directories,
    /// What broke off of the streams that it opened, in any of its stores.
    failures: Failures,
    /// The isolated guests that it can call.
    others: Vec<Arc<dyn Isolated>>,
    life: Mutex<Life>,
}

#[derive(Default)]
struct Life {
    /// Its store, and the guest in it once it was called. During a call it isn't here: a call that
    /// is given up takes it along.
    store: Option<(Store<State>, Option<Instance>)>,
    failures: u32,
    /// Why it has to be started again.
    last: Option<String>,
}

impl Cell {
    /// The guest `guest`, which can call `others`. Its directories are opened here; its code runs
    /// when it's first called.
    ///
    /// # Errors
    /// As [`Directories::open`] and [`state::store`].
    pub(super) fn new(
        guest: &Apart,
        surroundings: &Surroundings,
        others: Vec<Arc<dyn Isolated>>,
    ) -> Result<Cell> {
        let (guest, mut surroundings) = (guest.clone(), surroundings.clone());
        let GuestSpec { name, grants, .. } = &guest.spec;
        surroundings.events = surroundings.events.bounded(Some(name));
        let guard = Guard::of_guest(name, grants, surroundings.denials.clone())
            .telling(surroundings.events.clone());
        let directories = Directories::open(&grants.directories)?;
        let (guard, failures, life) = (Arc::new(guard), Failures::default(), Mutex::default());
        let cell = Cell { guest, surroundings, guard, directories, failures, others, life };
        let store = cell.store(&cell.stdio())?;
        // A command has a new store for each call; this one has shown that its directories are
        // there.
        if !cell.is_command() {
            cell.life.try_lock().expect("nobody else has it yet").store = Some((store, None));
        }
        Ok(cell)
    }

    /// Who decides what it may do, in each of its stores.
    pub(super) fn guard(&self) -> Arc<Guard> {
        self.guard.clone()
    }

    /// What broke off of the streams that it opened.
    pub(super) fn failures(&self) -> Failures {
        self.failures.clone()
    }

    fn is_command(&self) -> bool {
        matches!(self.guest.wired.entry, Entry::Run { .. })
    }

    fn budget(&self) -> Budget {
        let (own, whole) = (&self.guest.allowance, &self.surroundings.budget);
        Budget {
            memory: own.memory.unwrap_or(whole.memory).saturating_add(self.guest.headroom),
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

    fn store(&self, stdio: &Stdio) -> Result<Store<State>> {
        let GuestSpec { name, args, grants, .. } = &self.guest.spec;
        let Surroundings { hangup, lingering, roots, events, run, memories, .. } =
            &self.surroundings;
        let guard = self.guard();
        let opener = Opener::new(
            (guard.clone(), self.directories.clone()),
            roots.clone(),
            stdio.clone(),
            hangup.clone(),
            events.clone(),
        )
        .noting_in(self.failures())
        .lingering_in(lingering.clone())
        .sharing(memories.clone(), run.host_memory.part(self.budget().host_memory));
        let args = [std::slice::from_ref(name), args.as_slice()].concat();
        let directories = self.directories.clone();
        let seat = Seat { args: &args, grants, directories, stdio, mounts: &[], guard, opener };
        state::store(
            self.guest.wired.instance.engine(),
            &[seat],
            self.others.clone(),
            (&self.budget(), run),
            hangup,
        )
    }

    async fn attempt(
        &self,
        life: &mut Life,
        function: (ComponentExportIndex, bool),
        arguments: Vec<Passed>,
    ) -> Result<Option<Passed>, String> {
        let (mut store, instance) = life.store.take().expect("it was made if there was none");
        let budget = self.budget();
        let instance = match instance {
            Some(instance) => instance,
            None => {
                let starting = self.guest.wired.instance.instantiate_async(&mut store);
                match limited(budget.timeout, "call-timeout", starting).await? {
                    Ok(instance) => instance,
                    Err(error) => {
                        return Err(self
                            .too_large(&store)
                            .unwrap_or_else(|| ended(error, &budget)));
                    }
                }
            }
        };
        let calling = call(&mut store, &instance, budget.fuel, function, arguments);
        let result = match limited(budget.timeout, "call-timeout", calling).await? {
            Ok(result) => result,
            Err(error) => {
                self.note_budgets(&store);
                return Err(ended(error, &budget));
            }
        };
        life.store = Some((store, Some(instance)));
        Ok(result)
    }

    /// A new store after a failure, if there may be one.
    fn restart(&self, life: &Life) -> Result<Store<State>, String> {
        if let Some(most) = self.guest.allowance.restarts.filter(|most| life.failures > *most) {
            return Err(format!(
                "failed {} times, and isn't started again (`restarts` is {most})",
                life.failures
            ));
        }
        if let Some(why) = life.last.clone() {
            let (guest, said) = (self.guest.spec.name.clone(), self.guard.said().take());
            self.surroundings.events.emit(Event::Restarting { guest, why, said });
        }
        self.store(&self.stdio()).map_err(|error| format!("can't be started again: {error}"))
    }

    /// Notes which budgets of its memory it had met when it failed.
    fn note_budgets(&self, store: &Store<State>) {
        let (limits, budget) = (&store.data().limits, self.budget());
        let over = |what, grant| {
            let guest = Some(self.guest.spec.name.clone());
            self.surroundings.denials.add(Denial { guest, what, grant });
        };
        if limits.memory_refused() {
            let granted = budget.memory.saturating_sub(self.guest.headroom);
            over(format!("have more memory than {granted} bytes"), Needed::Memory);
        }
        if limits.table_refused() {
            let most = budget.table_elements;
            over(format!("have more than {most} table elements"), Needed::TableElements);
        }
        for account in store.data().accounts().filter(|account| account.refused()) {
            let limit = account.limit();
            over(format!("have the host hold more than {limit} bytes"), Needed::HostMemory);
        }
    }

    fn too_large(&self, store: &Store<State>) -> Option<String> {
        let limits = &store.data().limits;
        let budget = self.budget();
        if limits.memory_refused() {
            let granted = budget.memory - self.guest.headroom;
            return Some(format!("needs more memory to start than its budget of {granted} bytes"));
        }
        let most = budget.table_elements;
        limits
            .table_refused()
            .then(|| format!("needs more table elements to start than its budget of {most}"))
    }
}

impl Isolated for Cell {
    fn call<'a>(&'a self, function: &'a Function, arguments: Vec<Passed>) -> Answer<'a> {
        Box::pin(async move {
            let failed = |why| Failed {
                guest: self.guest.spec.name.clone(),
                function: function.name.clone(),
                why,
            };
            let Some(index) = function.index else {
                return self.run(arguments).await.map_err(failed);
            };
            let mut life = self.life.lock().await;
            if life.store.is_none() {
                let store = self.restart(&life).map_err(failed)?;
                life.store = Some((store, None));
            }
            // So it stays if this call is given up, which takes the store along.
            life.last = Some("was given up in the middle of a call".to_owned());
            let result = self.attempt(&mut life, (index, function.has_result), arguments).await;
            life.last = result.as_ref().err().cloned();
            life.failures = life.failures.saturating_add(u32::from(result.is_err()));
            result.map_err(failed)
        })
    }
}

impl Cell {
    /// Runs a command from one stream to another. What it was handed is closed when this ends.
    async fn run(&self, arguments: Vec<Passed>) -> Result<Option<Passed>, String> {
        let mut stdio = Stdio { stdin: Input::Nothing, stdout: Output::Nothing, ..self.stdio() };
        let mut output = None;
        for moved in arguments.into_iter().flat_map(Passed::into_moved) {
            match moved {
                Moved::Input(stream) => stdio.stdin = Input::Handed(HandedInput::new(stream)),
                Moved::Output(stream) => {
                    let stream = output.insert(HandedOutput::new(stream));
                    stdio.stdout = Output::Handed(stream.clone());
                }
                // No function of a filter, source or sink has one.
                Moved::Descriptor(_) | Moved::Connection(_) => {}
            }
        }
        let mut store = self.store(&stdio).map_err(|error| format!("can't be started: {error}"))?;
        let budget = self.budget();
        let outputs = store.data().outputs();
        let running = async {
            let ended = invoke::command(&self.guest.wired, &mut store).await;
            outputs.drain().await;
            ended
        };
        let code = match limited(budget.timeout, "call-timeout", running).await? {
            Ok(code) => code,
            Err(error) => match Exit::of(error, &budget) {
                Exit::Code(code) => code,
                Exit::Trap(trap) if trap.frames.is_empty() => {
                    return Err(self.too_large(&store).unwrap_or_else(|| told(Exit::Trap(trap))));
                }
                exit => {
                    self.note_budgets(&store);
                    return Err(told(exit));
                }
            },
        };
        if code != 0 {
            self.note_budgets(&store);
        }
        // What it may still hold of the stream goes first.
        drop(store);
        if let Some(output) = output {
            let finished = limited(budget.timeout, "call-timeout", output.finish()).await?;
            finished.map_err(|error| format!("couldn't write its output: {error}"))?;
        }
        if code != 0 {
            return Err(format!("exited with code {code}"));
        }
        Ok(Some(Passed::plain(Val::Result(Ok(None)))))
    }
}

async fn call(
    store: &mut Store<State>,
    instance: &Instance,
    fuel: Option<u64>,
    (index, has_result): (ComponentExportIndex, bool),
    arguments: Vec<Passed>,
) -> wasmtime::Result<Option<Passed>> {
    if let Some(fuel) = fuel {
        store.set_fuel(fuel)?;
    }
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        values.push(argument.give(store.as_context_mut())?);
    }
    let callee = instance.get_func(&mut *store, index).expect("the component exports it");
    let mut results = vec![Val::Bool(false); usize::from(has_result)];
    callee.call_async(&mut *store, &values, &mut results).await?;
    store.data().outputs().drain().await;
    results.pop().map(|result| Passed::take(store.as_context_mut(), result)).transpose()
}

/// Lets `work` run for so long. The guest gives us our turn at each tick of its engine.
async fn limited<T>(
    limit: Option<Duration>,
    name: &str,
    work: impl Future<Output = T>,
) -> Result<T, String> {
    // See `Running::supervise`.
    let work = tokio::task::unconstrained(work);
    let over = || format!("went over its {name} of {:?}", limit.unwrap_or_default());
    deadline::limited(limit, work).await.ok_or_else(over)
}

/// How a guest's own end is told.
fn ended(error: wasmtime::Error, budget: &Budget) -> String {
    if let Some(error) = exit::is_ours(&error) {
        return format!("can't be started: {error}");
    }
    told(Exit::of(error, budget))
}

fn told(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exited with code {code}"),
        Exit::Trap(trap) if trap.budget.is_some() => {
            trap.message.trim_start_matches("it ").to_owned()
        }
        Exit::Trap(trap) => match trap.frames.first() {
            Some(frame) => format!("trapped: {}, at `{}`", trap.message, frame.function),
            None => format!("trapped: {}", trap.message),
        },
        Exit::ReaderGone => "wrote to standard output, whose reader has gone".to_owned(),
        Exit::Timeout => "ran out of time".to_owned(),
    }
}
