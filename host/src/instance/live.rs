//! A live guest: a store, what is in it, and who decides for it.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{ComponentExportIndex, Instance as Code, Val};
use wasmtime::{AsContextMut as _, Store};

use crate::canonical::{Parameters, Returned};
use crate::config::Budget;
use crate::edge::{Callee, OpenCall, Transfer};
use crate::error::Result;
use crate::instance::context::RunContext;
use crate::instance::deadline;
use crate::link::{Entry, Instantiable};
use crate::policy::Guard;
use crate::state::{self, ContextParts, State};
use crate::stream::{Failures, Opener};

/// A program in a store of its own, with the guests that share the store. It's given up by dropping
/// it, which ends whatever it does.
pub struct Instance {
    code: Arc<Instantiable<State>>,
    /// What its guests may use up, as it was said.
    budget: Budget,
    context: RunContext,
    /// Who decides for each guest in the store and who opens for it, the main one first.
    guests: Vec<(Arc<Guard>, Opener)>,
    /// Who decides for the guests that it calls in other stores, and what broke off of theirs.
    elsewhere: Vec<(Arc<Guard>, Failures)>,
    store: Store<State>,
    /// The program's exports, once it's started.
    started: Option<Code>,
}

/// What an instance is made of.
pub(super) struct Parts<'a> {
    pub code: &'a Arc<Instantiable<State>>,
    /// The guests in its store, the main one first.
    pub guests: Vec<ContextParts<'a>>,
    /// The guests in other stores that it can call.
    pub callees: Vec<Arc<dyn Callee>>,
    /// What is reported of those.
    pub elsewhere: Vec<(Arc<Guard>, Failures)>,
    pub budget: Budget,
    /// Memory, in bytes, that the budget doesn't count: that of an adapter, below a program's own.
    pub headroom: u64,
    pub context: RunContext,
}

/// What a program that didn't start had too little of; with its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    /// Memory, in bytes.
    Memory(u64),
    /// Table elements.
    TableElements(u64),
}

impl Instance {
    /// Makes the store. No guest code runs yet.
    ///
    /// # Errors
    /// As [`state::store`].
    pub(super) fn new(parts: Parts<'_>) -> Result<Instance> {
        let Parts { code, guests, callees, elsewhere, budget, headroom, context } = parts;
        let memory = budget.memory.saturating_add(headroom);
        let granted = Budget { memory, ..budget.clone() };
        let store = state::store(
            code.pre.engine(),
            &guests,
            callees,
            (&granted, &context.run),
            &context.hangup,
        )?;

        let guests = guests.into_iter().map(|guest| (guest.guard, guest.opener)).collect();
        Ok(Instance {
            code: code.clone(),
            budget,
            context,
            guests,
            elsewhere,
            store,
            started: None,
        })
    }

    /// Its store.
    pub(crate) fn store(&mut self) -> &mut Store<State> {
        &mut self.store
    }

    /// What its store holds.
    pub(crate) fn state(&self) -> &State {
        self.store.data()
    }

    /// What is instantiated.
    pub(crate) fn code(&self) -> &Instantiable<State> {
        &self.code
    }

    /// What its guests may use up.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// What it has in common with the guests in other stores.
    pub(crate) fn context(&self) -> &RunContext {
        &self.context
    }

    /// Who decides for the guests in its store, the main one first.
    pub(crate) fn guards(&self) -> impl Iterator<Item = &Arc<Guard>> {
        self.guests.iter().map(|(guard, _)| guard)
    }

    /// Who decides for the guests in other stores.
    pub(crate) fn guards_elsewhere(&self) -> impl Iterator<Item = &Arc<Guard>> {
        self.elsewhere.iter().map(|(guard, _)| guard)
    }

    /// Who opens what the main guest, or the user for it, names.
    pub(crate) fn opener(&self) -> &Opener {
        &self.guests[0].1
    }

    /// What broke off of the streams of all guests.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &Failures> {
        let own = self.guests.iter().map(|(_, opener)| opener.failures());
        own.chain(self.elsewhere.iter().map(|(_, failures)| failures))
    }

    /// Instantiates the program, if it isn't yet.
    ///
    /// # Errors
    /// The engine's: it trapped, or is too large.
    pub(crate) async fn start(&mut self) -> wasmtime::Result<Code> {
        if let Some(started) = self.started {
            return Ok(started);
        }
        let started = self.code.pre.instantiate_async(&mut self.store).await?;
        Ok(*self.started.insert(started))
    }

    /// Whether it's instantiated.
    pub(super) fn is_started(&self) -> bool {
        self.started.is_some()
    }

    /// Runs a command; gives the exit code that its result stands for.
    ///
    /// # Errors
    /// The engine's: it trapped, or exited.
    pub(crate) async fn run(&mut self) -> wasmtime::Result<u8> {
        let started = self.start().await?;
        let &Entry::Run { function, concurrent } = &self.code.entry else { return Ok(0) };

        let store = &mut self.store;
        let run = started.get_typed_func::<(), (Result<(), ()>,)>(&mut *store, function)?;
        let (result,) = if concurrent {
            store.run_concurrent(async |store| run.call_concurrent(store, ()).await).await??
        } else {
            run.call_async(&mut *store, ()).await?
        };
        Ok(u8::from(result.is_err()))
    }

    /// Calls a function; everything that the guests wrote is written when it returns.
    ///
    /// # Errors
    /// The engine's: it trapped, or exited.
    pub(crate) async fn call(
        &mut self,
        function: &ComponentExportIndex,
        arguments: &[Val],
        has_result: bool,
    ) -> wasmtime::Result<Option<Val>> {
        let started = self.start().await?;
        let store = &mut self.store;
        let function = started.get_func(&mut *store, function).expect("the component exports it");

        let mut results = vec![Val::Bool(false); usize::from(has_result)];
        function.call_async(&mut *store, arguments, &mut results).await?;
        store.data().outputs().drain().await;
        Ok(results.pop())
    }

    /// [`call`](Instance::call) of a function that isn't async, with bytes as they are.
    ///
    /// # Errors
    /// As [`call`](Instance::call).
    pub(crate) async fn call_canonical(
        &mut self,
        function: &ComponentExportIndex,
        parameters: Parameters,
    ) -> wasmtime::Result<Returned> {
        let started = self.start().await?;
        let store = &mut self.store;
        let function = started.get_typed_func::<Parameters, Returned>(&mut *store, function)?;
        let returned = function.call_async(&mut *store, parameters).await?;
        store.data().outputs().drain().await;
        Ok(returned)
    }

    /// [`call`](Instance::call) for a guest in another store, with fuel for this call alone.
    ///
    /// # Errors
    /// As [`call`](Instance::call), and when a value can't be taken across.
    pub(super) async fn call_across(
        &mut self,
        function: &ComponentExportIndex,
        arguments: Vec<Transfer>,
        has_result: bool,
    ) -> wasmtime::Result<Option<Transfer>> {
        if let Some(fuel) = self.budget.fuel {
            self.store.set_fuel(fuel)?;
        }
        let mut values = Vec::with_capacity(arguments.len());
        let call = OpenCall::unnoted();
        for argument in arguments {
            values.push(argument.give(self.store.as_context_mut(), &call)?);
        }

        let result = self.call(function, &values, has_result).await?;
        let store = self.store.as_context_mut();
        result.map(|result| Transfer::take(store, result, &call)).transpose()
    }

    /// Lets `work` run for so long, and until everything that the guests wrote is written; `None`
    /// if that isn't done by then.
    pub(crate) async fn within<T>(
        &mut self,
        limit: Option<Duration>,
        work: impl AsyncFnOnce(&mut Instance) -> T,
    ) -> Option<T> {
        // A guest that polls without waiting would otherwise be told for ever that nothing is
        // ready: tokio lets a task do so many operations only until it waits. Epoch ticks give the
        // host its turn.
        let work = tokio::task::unconstrained(async {
            let result = work(self).await;
            self.store.data().outputs().drain().await;
            result
        });
        deadline::limited(limit, work).await
    }

    /// What it had too little of to start, if it met a limit.
    pub(crate) fn shortage(&self) -> Option<Shortage> {
        let limits = &self.store.data().limits;
        let memory = Shortage::Memory(self.budget.memory);
        let tables = Shortage::TableElements(self.budget.table_elements);
        let met = [(limits.memory_refused(), memory), (limits.table_refused(), tables)];
        met.into_iter().find_map(|(refused, shortage)| refused.then_some(shortage))
    }
}
