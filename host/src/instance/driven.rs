//! Calls of an isolated guest that go on at once. Its store is driven by a task of its own for as long
//! as calls aren't answered, or streams between it and other stores are open.

use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use wasmtime::component::{Accessor, AccessorTask, ComponentExportIndex, HasSelf, Val};
use wasmtime::{AsContextMut as _, Result, format_err};

use crate::edge::{Open, OpenCall, Transfer};
use crate::instance::live::Instance;
use crate::state::State;

/// A call that is to be made.
pub(super) struct Job {
    /// What is called.
    pub function: ComponentExportIndex,
    /// What it's passed.
    pub arguments: Vec<Transfer>,
    /// Whether it has a result.
    pub has_result: bool,
    /// By when the call, and the streams that it passes, have to be done.
    pub deadline: Option<Instant>,
    /// Where its result goes. Why it failed is told by whoever drives.
    pub answer: oneshot::Sender<Option<Transfer>>,
}

/// Why an instance isn't driven any more.
pub(super) enum Ended {
    /// Nothing is open.
    Idle,
    /// Somebody's time is up.
    Late,
    /// Whoever called has gone, and nobody else waits for it.
    GivenUp,
    /// It trapped, or exited.
    Failed(wasmtime::Error),
}

/// The error of a job whose caller has gone.
#[derive(Debug)]
struct CallerGone;

impl std::fmt::Display for CallerGone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the caller has gone")
    }
}

impl std::error::Error for CallerGone {}

impl Instance {
    /// Makes calls until nothing is open in the store. `first` is the one for which it's driven.
    pub(super) async fn drive(
        &mut self,
        first: Job,
        jobs: &mut mpsc::UnboundedReceiver<Job>,
        open: &Open,
    ) -> Ended {
        let driving = tokio::task::unconstrained(async {
            let driven = self.drive_unlimited(first, jobs, open).await;
            self.state().outputs().drain().await;
            driven
        });
        match by_deadline(driving, open).await {
            None => Ended::Late,
            Some(Ok(())) => Ended::Idle,
            Some(Err(error)) if error.is::<CallerGone>() => Ended::GivenUp,
            Some(Err(error)) => Ended::Failed(error),
        }
    }

    async fn drive_unlimited(
        &mut self,
        first: Job,
        jobs: &mut mpsc::UnboundedReceiver<Job>,
        open: &Open,
    ) -> Result<()> {
        // Starting it is a part of the first call.
        let mut starting = Some(open.enter(first.deadline));
        let started = self.start().await?;
        let fuel = self.budget().fuel;

        let mut next = Some(first);
        let driving = self.store().run_concurrent(async |store| {
            loop {
                let job = match next.take() {
                    Some(job) => job,
                    None => tokio::select! {
                        biased;
                        job = jobs.recv() => match job {
                            Some(job) => job,
                            None => return Ok(()),
                        },
                        () = open.closed() => return Ok(()),
                    },
                };
                let call = open.enter(job.deadline);
                starting.take();
                store.spawn(Call { job, call, started, fuel })?;
            }
        });
        driving.await?
    }
}

/// A call in the store.
struct Call {
    job: Job,
    call: OpenCall,
    started: wasmtime::component::Instance,
    fuel: Option<u64>,
}

impl AccessorTask<State, HasSelf<State>> for Call {
    async fn run(self, store: &Accessor<State>) -> Result<()> {
        let Call { job, call, started, fuel } = self;
        let Job { function, arguments, has_result, mut answer, .. } = job;
        let (function, values) = store.with(|mut access| {
            if let Some(fuel) = fuel {
                access.as_context_mut().set_fuel(fuel)?;
            }
            let mut values = Vec::with_capacity(arguments.len());
            for argument in arguments {
                values.push(argument.give(access.as_context_mut(), &call)?);
            }
            let function = started
                .get_func(access.as_context_mut(), function)
                .ok_or_else(|| format_err!("the component exports it"))?;
            Ok::<_, wasmtime::Error>((function, values))
        })?;

        let mut results = vec![Val::Bool(false); usize::from(has_result)];
        {
            let mut calling = pin!(function.call_concurrent(store, &values, &mut results));
            tokio::select! {
                biased;
                called = &mut calling => called?,
                () = answer.closed() => {
                    // A call can't be ended without its store, which others may still use.
                    if call.is_alone() {
                        return Err(CallerGone.into());
                    }
                    calling.await?;
                }
            }
        }

        let result = store.with(|mut access| {
            let result = results.pop();
            result.map(|result| Transfer::take(access.as_context_mut(), result, &call)).transpose()
        })?;
        // The caller may have gone meanwhile.
        let _ = answer.send(result);
        Ok(())
    }
}

/// Lets `work` run until the earliest deadline of what is open; `None` if it isn't done by then.
async fn by_deadline<T>(work: impl Future<Output = T>, open: &Open) -> Option<T> {
    let mut work = pin!(work);
    let mut timer = pin!(tokio::time::sleep(Duration::ZERO));
    let mut set = None;

    std::future::poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        // What was called meanwhile may have an earlier one.
        let Some(deadline) = open.deadline() else { return Poll::Pending };
        if Instant::now() >= deadline {
            return Poll::Ready(None);
        }
        if set != Some(deadline) {
            timer.as_mut().reset(deadline.into());
            set = Some(deadline);
        }
        timer.as_mut().poll(cx).map(|()| None)
    })
    .await
}
