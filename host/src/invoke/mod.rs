//! Runs a wired program to its end, and says how it ended.

mod exit;

pub use exit::{Exit, Frame, Trap};

use std::sync::Arc;

use crate::capability::preopens;
use crate::capability::stdio::{Hangup, Stdio};
use crate::config::Budget;
use crate::error::{Class, Error, Result};
use crate::event::Listener;
use crate::policy::{Denial, Denials, Grants, Guard};
use crate::state::{self, State};
use crate::wire::{Entry, Wired};

/// How a run ended and what it was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// What was refused on the way, in order.
    pub denials: Vec<Denial>,
}

/// Runs a program in a store of its own.
///
/// `headroom` is memory, in bytes, that its budget doesn't count: that of an adapter, below the program's own.
/// Dropping the future ends the guest at its next host call or epoch tick.
///
/// # Errors
/// `Class::Denied` when it needs more memory or table elements to start than its budget has, `Class::NotFound` or
/// `Class::Host` when a granted directory or a socket that is to be open can't be opened.
pub async fn run(
    name: &str,
    wired: &Wired<State>,
    args: &[String],
    grants: &Grants,
    stdio: &Stdio,
    budget: &Budget,
    headroom: u64,
    listener: &Listener,
) -> Result<Outcome> {
    let guard = Arc::new(Guard::new(grants, Denials::default()).telling(listener.clone()));
    let hangup = Hangup::default();
    let engine = wired.instance.engine();
    let granted = Budget { memory: budget.memory.saturating_add(headroom), ..budget.clone() };
    let mut store = state::store(engine, args, grants, stdio, &granted, guard.clone(), &hangup)?;
    let timeout = async {
        match budget.timeout {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    let exit = {
        // A guest that polls without waiting would otherwise be told for ever that nothing is ready: tokio lets a task do
        // so many operations only until it waits. Epoch ticks give the host its turn.
        let call = tokio::task::unconstrained(call(wired, &mut store));
        tokio::select! {
            biased;
            () = hangup.happened() => Exit::ReaderGone,
            () = timeout => Exit::Timeout,
            result = call => match result {
                Ok(code) => Exit::Code(code),
                Err(error) => match error.downcast_ref::<preopens::Failed>() {
                    Some(failed) => return Err(failed.error()),
                    None => Exit::of(error, budget),
                },
            },
        }
    };
    if let Exit::Trap(trap) = &exit
        && trap.frames.is_empty()
        && trap.budget.is_none()
    {
        check_start(name, store.data(), budget)?;
    }
    if exit != Exit::Code(0) {
        explain(&guard, &exit, store.data(), budget);
    }
    Ok(Outcome { exit, denials: guard.denials().list() })
}

/// Notes what a guest that failed was refused without the host being asked for it by name.
fn explain(guard: &Guard, exit: &Exit, state: &State, budget: &Budget) {
    let by_itself = match exit {
        Exit::Code(_) => true,
        Exit::Trap(trap) => trap.budget.is_none(),
        Exit::Timeout | Exit::ReaderGone => false,
    };
    if !by_itself {
        return;
    }
    guard.found_no_directory();
    let over = |what, flag: &str| guard.denials().record(what, flag);
    if state.limits.memory_refused() {
        over(format!("have more memory than {} bytes", budget.memory), "--max-memory SIZE");
    }
    if state.limits.table_refused() {
        over(format!("have more than {} table elements", budget.table_elements), "--max-table-elements N");
    }
}

/// Instantiates and calls; gives the exit code that the result stands for.
async fn call(wired: &Wired<State>, store: &mut wasmtime::Store<State>) -> wasmtime::Result<u8> {
    let instance = wired.instance.instantiate_async(&mut *store).await?;
    let Entry::Run { function, concurrent } = wired.entry else { return Ok(0) };
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
        Err(Error::new(Class::Denied, format!("`{name}` needs more {what} to start than its budget has"))
            .cause(format!("the budget is {has}"))
            .hint(format!("raise it with `{flag}`")))
    };
    if state.limits.memory_refused() {
        return denied("memory", format!("{} bytes", budget.memory), "--max-memory SIZE");
    }
    if state.limits.table_refused() {
        return denied("table elements", budget.table_elements.to_string(), "--max-table-elements N");
    }
    Ok(())
}
