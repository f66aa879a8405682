//! Lets an instance work until it's done, its time is up, or nobody reads any more, and says how it
//! ended.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use wasmtime::Store;

use crate::capability::{Guarded as _, preopens};
use crate::config::Budget;
use crate::error::{Class, Error, Result};
use crate::event::Event;
use crate::hint::{Hint, Setting};
use crate::instance::confined;
use crate::instance::{self, Exit, Instance, LinkedProgram, Shortage, Trap};
use crate::link;
use crate::policy::{Denial, Guard, LastLines};
use crate::run::outcome::Outcome;
use crate::state::State;
use crate::stream::Failures;

/// Why a guest didn't come to its own end.
pub(super) enum Fault {
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

/// Lets `work` run; it gives the exit code. `program` is what `instance` was made from.
///
/// # Errors
/// When the program can't start, or the host can't do what it was started for.
pub(super) async fn supervise(
    program: &LinkedProgram,
    mut instance: Instance,
    work: impl AsyncFnOnce(&mut Instance) -> Result<u8, Fault>,
) -> Result<Outcome> {
    let begun = Instant::now();
    let limit = instance.budget().timeout;
    let hangup = instance.context().hangup.clone();
    let ended = tokio::select! {
        biased;
        () = hangup.happened() => Ended::ReaderGone,
        result = instance.within(limit, work) => result.map_or(Ended::Late, Ended::Done),
    };
    let exit = ended.exit(instance.budget())?;

    if let Exit::Code(_) = exit {
        let guard = instance.guards().next().expect("the main one").clone();
        close_mounts(instance.store(), &guard, limit).await;
        let left = limit.map(|limit| limit.saturating_sub(begun.elapsed()));
        instance.context().lingering.finish(left.unwrap_or(Duration::MAX)).await;
    }
    if let Exit::Trap(trap) = &exit
        && trap.frames.is_empty()
        && trap.budget.is_none()
        && let Some(shortage) = instance.shortage()
    {
        return Err(too_small(&program.name, shortage));
    }
    Ok(outcome(program, &instance, exit))
}

/// How the work of an instance came to an end.
enum Ended {
    Done(Result<u8, Fault>),
    Late,
    ReaderGone,
}

impl Ended {
    fn exit(self, budget: &Budget) -> Result<Exit> {
        match self {
            Ended::ReaderGone => Ok(Exit::ReaderGone),
            Ended::Late => Ok(Exit::Timeout),
            Ended::Done(Ok(code)) => Ok(Exit::Code(code)),
            Ended::Done(Err(Fault::Trap(trap))) => Ok(Exit::Trap(trap)),
            Ended::Done(Err(Fault::Host(error))) => Err(error),
            Ended::Done(Err(Fault::Guest(error))) => {
                if let Some(failed) = error.downcast_ref::<preopens::Failed>() {
                    return Err(failed.error());
                }
                match instance::is_ours(&error) {
                    Some(error) => Err(error),
                    None => Ok(Exit::of(error, budget)),
                }
            }
        }
    }
}

fn outcome(program: &LinkedProgram, instance: &Instance, exit: Exit) -> Outcome {
    let denials = &instance.context().denials;
    let failed = match &exit {
        Exit::Code(code) => *code != 0,
        Exit::Trap(trap) => trap.budget.is_none(),
        Exit::Timeout | Exit::ReaderGone => false,
    };
    if failed {
        instance.note_budgets(None, &program.others);
        confined::note(&program.confined, &instance.state().limits, &exit, denials);
    }

    let failures: Vec<_> = instance.failures().flat_map(Failures::list).collect();
    let missed = match failed && failures.is_empty() {
        true => missed(program, instance, &exit),
        false => Vec::new(),
    };
    let said = if failed { last_lines(instance, &exit) } else { Vec::new() };
    let (denials, left_out) = (denials.list(), denials.left_out());
    Outcome { exit, denials, left_out, missed, said, failures }
}

/// Closes what a guest that ended by itself left open, as a system does: a program behind a file
/// hasn't seen all of it before.
async fn close_mounts(store: &mut Store<State>, guard: &Guard, limit: Option<Duration>) {
    for mut shared in store.data_mut().nodes().close_all() {
        let closing = shared.shutdown();
        let closed = match limit {
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

/// What the guests of a run that failed may have missed.
fn missed(program: &LinkedProgram, instance: &Instance, exit: &Exit) -> Vec<Denial> {
    let generally = *exit == Exit::Code(1);
    let shared = match link::opens_files(instance.code().pre.component()) {
        // A main guest with mounted files has directories.
        true => usize::from(!program.mounts.is_empty()),
        false => usize::MAX,
    };
    let able = instance.guards().skip(shared).chain(instance.guards_elsewhere());
    able.filter_map(|guard| guard.found_no_directory(generally)).collect()
}

/// What guests wrote last to standard errors that lead nowhere: those that were active when it
/// trapped, if any of them did.
fn last_lines(instance: &Instance, exit: &Exit) -> Vec<LastLines> {
    let guards = instance.guards().chain(instance.guards_elsewhere());
    let all: Vec<LastLines> = guards.filter_map(|guard| guard.last_lines()).collect();
    let Exit::Trap(trap) = exit else { return all };
    let active = |said: &&LastLines| {
        said.guest
            .as_deref()
            .is_some_and(|guest| trap.frames.iter().any(|frame| frame.is_of(guest)))
    };
    let active: Vec<LastLines> = all.iter().filter(active).cloned().collect();
    if active.is_empty() { all } else { active }
}

/// A guest that asks for more than its budget in its memories' or tables' first sizes never starts.
fn too_small(name: &str, shortage: Shortage) -> Error {
    let (what, has, setting) = match shortage {
        Shortage::Memory(budget) => ("memory", format!("{budget} bytes"), Setting::Memory),
        Shortage::TableElements(budget) => {
            ("table elements", budget.to_string(), Setting::TableElements)
        }
    };
    Error::new(Class::Denied, format!("`{name}` needs more {what} to start than its budget has"))
        .cause(format!("the budget is {has}"))
        .hint(Hint::with("raise it with {}", [setting]))
}
