//! Runs a wired program to its end, and says how it ended: a command with its arguments, or a
//! function with typed ones.

mod call;
mod cell;
mod confined;
mod deadline;
mod exit;
mod lower;
mod result;
mod size;
mod start;
mod values;

pub use call::call;
pub use cell::Apart;
pub use confined::Confined;
pub use exit::{Exit, Frame, Trap};
pub use start::Start;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use wasmtime::Store;

use crate::app::GuestSpec;
use crate::capability::stdio::{Hangup, Stdio};
use crate::capability::{Guarded as _, preopens};
use crate::config::Budget;
use crate::error::{Class, Error, Result};
use crate::event::{Event, Listener};
use crate::invoke::cell::{Cell, Surroundings};
use crate::isolate::Isolated;
use crate::policy::{Denial, Denials, Guard, LastLines, Needed};
use crate::state::{self, Seat, State};
use crate::stream::{Directories, Failures, Lingering, Memories, Opener};
use crate::wire::{self, Entry, Wired};

/// How a run ended and what it was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// What was refused on the way, in order.
    pub denials: Vec<Denial>,
    /// How many refusals aren't listed, because there were so many.
    pub left_out: u64,
    /// What guests that failed may have missed, though the host was never asked for it.
    pub missed: Vec<Denial>,
    /// What guests whose standard error leads nowhere wrote there last, if something failed.
    pub said: Vec<LastLines>,
    /// Streams that the host opened for it and that broke off, in order. A guest that reads
    /// `stream<u8>` can't tell such an end from a good one.
    pub failures: Vec<Error>,
}

/// A guest's store and what watches over it.
struct Running<'a> {
    start: &'a Start<'a>,
    /// Who decides for each guest, the main one first, the isolated ones last.
    guards: Vec<Arc<Guard>>,
    hangup: Hangup,
    openers: Vec<Opener>,
    /// What broke off of the streams of isolated guests.
    their_failures: Vec<Failures>,
    store: Store<State>,
}

impl<'a> Running<'a> {
    fn new(start: &'a Start<'a>, args: &[String]) -> Result<Running<'a>> {
        let Start { grants, stdio, budget, others, .. } = *start;
        let (denials, hangup) = (Denials::default(), Hangup::default());
        let lingering = Lingering::default();
        let granted =
            Budget { memory: budget.memory.saturating_add(start.headroom), ..budget.clone() };
        let own = |guest: &GuestSpec| {
            let args = [std::slice::from_ref(&guest.name), &guest.args].concat();
            (args, guest.stdio_or(Stdio::nothing()))
        };
        let theirs: Vec<(Vec<String>, Stdio)> = others.iter().map(own).collect();
        let (run, memories) = (start.accounts(), Memories::default());
        let account = &run.host_memory;
        let opener =
            |guard: &Arc<Guard>, directories: &Directories, stdio: &Stdio, events: &Listener| {
                Opener::new(
                    (guard.clone(), directories.clone()),
                    start.roots.clone(),
                    stdio.clone(),
                    hangup.clone(),
                    events.clone(),
                )
                .sharing(memories.clone(), account.clone())
                .lingering_in(lingering.clone())
            };
        let events = start.events.bounded(None);
        let guard = Arc::new(Guard::new(grants, denials.clone()).telling(events.clone()));
        let mounts = start.mounts;
        let directories = Directories::open(&grants.directories)?;
        let opens = opener(&guard, &directories, stdio, &events);
        let mut seats =
            vec![Seat { args, grants, directories, stdio, mounts, opener: opens, guard }];
        for (GuestSpec { name, grants, allowance, .. }, (args, stdio)) in others.iter().zip(&theirs)
        {
            let events = start.events.bounded(Some(name));
            let guard = Guard::of_guest(name, grants, denials.clone());
            let guard = Arc::new(guard.telling(events.clone()));
            let directories = Directories::open(&grants.directories)?;
            let own =
                allowance.host_memory.map_or_else(|| account.clone(), |limit| account.part(limit));
            let opener =
                opener(&guard, &directories, stdio, &events).sharing(memories.clone(), own);
            seats.push(Seat { args, grants, directories, stdio, mounts: &[], opener, guard });
        }
        let surroundings = Surroundings {
            budget: budget.clone(),
            denials,
            hangup: hangup.clone(),
            lingering: lingering.clone(),
            roots: start.roots.clone(),
            events: start.events.clone(),
            run: run.clone(),
            memories: memories.clone(),
        };
        let mut isolated: Vec<Arc<dyn Isolated>> = Vec::new();
        let (mut their_guards, mut their_failures) = (Vec::new(), Vec::new());
        for guest in start.isolated {
            let cell = Cell::new(guest, &surroundings, isolated.clone())?;
            their_guards.push(cell.guard());
            their_failures.push(cell.failures());
            isolated.push(Arc::new(cell));
        }
        let store = state::store(
            start.wired.instance.engine(),
            &seats,
            isolated,
            (&granted, &run),
            &hangup,
        )?;
        let (mut guards, openers): (Vec<_>, Vec<_>) =
            seats.into_iter().map(|seat| (seat.guard, seat.opener)).unzip();
        guards.extend(their_guards);
        Ok(Running { start, guards, hangup, openers, their_failures, store })
    }

    /// Lets `work` run until it's done, its time is up, or nobody reads any more.
    async fn supervise(
        &mut self,
        work: impl AsyncFnOnce(&mut Store<State>) -> Result<u8, Fault>,
    ) -> Result<Outcome> {
        let Running { start, guards, hangup, openers, their_failures, store } = self;
        let (budget, begun) = (start.budget, Instant::now());
        let exit = {
            // A guest that polls without waiting would otherwise be told for ever that nothing is
            // ready: tokio lets a task do so many operations only until it waits. Epoch ticks give
            // the host its turn.
            let outputs = store.data().outputs();
            let work = tokio::task::unconstrained(async {
                let result = work(store).await;
                outputs.drain().await;
                result
            });
            tokio::select! {
                biased;
                () = hangup.happened() => Exit::ReaderGone,
                result = deadline::limited(budget.timeout, work) => match result {
                    None => Exit::Timeout,
                    Some(Ok(code)) => Exit::Code(code),
                    Some(Err(Fault::Guest(error))) => {
                        if let Some(failed) = error.downcast_ref::<preopens::Failed>() {
                            return Err(failed.error());
                        }
                        match exit::is_ours(&error) {
                            Some(error) => return Err(error),
                            None => Exit::of(error, budget),
                        }
                    }
                    Some(Err(Fault::Trap(trap))) => Exit::Trap(trap),
                    Some(Err(Fault::Host(error))) => return Err(error),
                },
            }
        };
        if let Exit::Code(_) = exit {
            close_mounts(store, &guards[0], budget).await;
            let left = budget.timeout.map(|limit| limit.saturating_sub(begun.elapsed()));
            openers[0].lingering().finish(left.unwrap_or(Duration::MAX)).await;
        }
        if let Exit::Trap(trap) = &exit
            && trap.frames.is_empty()
            && trap.budget.is_none()
        {
            check_start(start.name, store.data(), budget)?;
        }
        let failed = match &exit {
            Exit::Code(code) => *code != 0,
            Exit::Trap(trap) => trap.budget.is_none(),
            Exit::Timeout | Exit::ReaderGone => false,
        };
        if failed {
            note_budgets(guards[0].denials(), store.data(), start);
            confined::note(start.confined, &store.data().limits, &exit, guards[0].denials());
        }
        let own = openers.iter().map(Opener::failures).chain(their_failures.iter());
        let failures: Vec<_> = own.flat_map(Failures::list).collect();
        let missed = if failed && failures.is_empty() {
            missed(start, guards, openers.len(), &exit)
        } else {
            Vec::new()
        };
        let said = if failed { last_lines(guards, &exit) } else { Vec::new() };
        let (denials, left_out) = (guards[0].denials().list(), guards[0].denials().left_out());
        Ok(Outcome { exit, denials, left_out, missed, said, failures })
    }
}

/// Closes what a guest that ended by itself left open, as a system does: a program behind a file
/// hasn't seen all of it before.
async fn close_mounts(store: &mut Store<State>, guard: &Guard, budget: &Budget) {
    for mut shared in store.data_mut().mounts().close_all() {
        let closing = shared.shutdown();
        let closed = match budget.timeout {
            Some(limit) => {
                tokio::time::timeout(limit, closing).await.unwrap_or_else(|late| Err(late.into()))
            }
            None => closing.await,
        };
        if let Err(error) = closed {
            guard.tell(Event::MountFailed { why: error.to_string() });
        }
    }
}

/// Why a guest didn't come to its own end.
enum Fault {
    /// It trapped, or the engine failed.
    Guest(wasmtime::Error),
    /// It did what we call a trap.
    Trap(Trap),
    /// We couldn't do what it was started for.
    Host(Error),
}

impl From<wasmtime::Error> for Fault {
    fn from(error: wasmtime::Error) -> Self {
        Fault::Guest(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Host(error)
    }
}

/// Runs a command in a store of its own. `args` begin with its own name. Dropping the future ends
/// the guest at its next host call or epoch tick.
///
/// # Errors
/// `Class::Denied` when it needs more memory or table elements to start than its budget has,
/// `Class::NotFound` or `Class::Host` when a granted directory or a socket that is to be open can't
/// be opened.
pub async fn run(start: &Start<'_>, args: &[String]) -> Result<Outcome> {
    let mut running = Running::new(start, args)?;
    let wired = start.wired;
    running.supervise(async |store| Ok(command(wired, store).await?)).await
}

/// What the guests of a run that failed may have missed; the first `shared` of them share the store.
fn missed(start: &Start<'_>, guards: &[Arc<Guard>], shared: usize, exit: &Exit) -> Vec<Denial> {
    let able = match wire::opens_files(start.wired.instance.component()) {
        // A main guest with mounted files has directories.
        true => &guards[usize::from(!start.mounts.is_empty())..],
        false => &guards[shared..],
    };
    let generally = *exit == Exit::Code(1);
    able.iter().filter_map(|guard| guard.found_no_directory(generally)).collect()
}

/// What guests wrote last to standard errors that lead nowhere: those that were active when it
/// trapped, if any of them did.
fn last_lines(guards: &[Arc<Guard>], exit: &Exit) -> Vec<LastLines> {
    let all: Vec<LastLines> = guards.iter().filter_map(|guard| guard.last_lines()).collect();
    let Exit::Trap(trap) = exit else { return all };
    let active = |said: &&LastLines| {
        said.guest
            .as_deref()
            .is_some_and(|guest| trap.frames.iter().any(|frame| frame.is_of(guest)))
    };
    let active: Vec<LastLines> = all.iter().filter(active).cloned().collect();
    if active.is_empty() { all } else { active }
}

/// Notes which budgets a guest that failed had met.
fn note_budgets(denials: &Denials, state: &State, start: &Start<'_>) {
    let budget = start.budget;
    let over = |what, grant| denials.record(what, grant);
    if state.limits.memory_refused() {
        over(format!("have more memory than {} bytes", budget.memory), Needed::Memory);
    }
    for (index, account) in state.accounts().enumerate().filter(|(_, account)| account.refused()) {
        // A guest without a limit of its own has the whole graph's.
        let guest = index.checked_sub(1).and_then(|index| start.others.get(index));
        let own = guest.filter(|guest| guest.allowance.host_memory.is_some());
        denials.add(Denial {
            guest: own.map(|guest| guest.name.clone()),
            what: format!("have the host hold more than {} bytes", account.limit()),
            grant: Needed::HostMemory,
        });
    }
    if state.limits.table_refused() {
        over(
            format!("have more than {} table elements", budget.table_elements),
            Needed::TableElements,
        );
    }
}

/// Instantiates and calls; gives the exit code that the result stands for.
async fn command(wired: &Wired<State>, store: &mut Store<State>) -> wasmtime::Result<u8> {
    let instance = wired.instance.instantiate_async(&mut *store).await?;
    let &Entry::Run { function, concurrent } = &wired.entry else { return Ok(0) };
    let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut *store, function)?;
    let (result,) = if concurrent {
        store.run_concurrent(async |store| run.call_concurrent(store, ()).await).await??
    } else {
        run.call_async(&mut *store, ()).await?
    };
    Ok(u8::from(result.is_err()))
}

/// A guest that asks for more than its budget in its memories' or tables' first sizes never starts.
fn check_start(name: &str, state: &State, budget: &Budget) -> Result<()> {
    let denied = |what: &str, has: String, flag: &str| {
        Err(Error::new(
            Class::Denied,
            format!("`{name}` needs more {what} to start than its budget has"),
        )
        .cause(format!("the budget is {has}"))
        .hint(format!("raise it with `{flag}`")))
    };
    if state.limits.memory_refused() {
        return denied("memory", format!("{} bytes", budget.memory), "--max-memory SIZE");
    }
    if state.limits.table_refused() {
        return denied(
            "table elements",
            budget.table_elements.to_string(),
            "--max-table-elements N",
        );
    }
    Ok(())
}
