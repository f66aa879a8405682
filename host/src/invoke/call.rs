//! Calls one function with typed arguments: opens what they name, calls, brings the result out,
//! finishes what was written.

use wasmtime::component::{ComponentExportIndex, Val};

use crate::error::Result;
use crate::invoke::lower::Lowered;
use crate::invoke::result::{Settler, Trouble};
use crate::invoke::size;
use crate::invoke::{Exit, Fault, Outcome, Running, Start, Trap};
use crate::typed::{Call, Signature};

/// Calls a function in a store of its own. Files that it wrote appear if it ended well.
///
/// # Errors
/// When what an argument names can't be opened, before the guest starts; when what it wrote can't
/// be finished.
pub async fn call(
    start: &Start<'_>,
    (function, signature): (&ComponentExportIndex, &Signature),
    call: &Call,
) -> Result<Outcome> {
    let mut running = Running::new(start, &[start.name.to_owned()])?;
    let opener = running.openers[0].clone();
    // Results are held in the host's own representation: about 40 bytes for each of a `list<u8>`.
    let most = usize::try_from(start.budget.host_memory).unwrap_or(usize::MAX);
    running.store.set_hostcall_fuel(most);
    let wired = start.wired;
    let outcome = running.supervise(async |store| {
        let mut lowered = Lowered::new(&opener, &call.destination);
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for (parameter, argument) in signature.parameters.iter().zip(&call.arguments) {
            arguments.push(lowered.lower(store, parameter, argument).await?);
        }
        // A value beside a stream goes where it doesn't get mixed into that.
        let aside = lowered.took_destination && call.destination.location.is_none();
        let sink = match (&signature.result, lowered.took_destination) {
            (None, _) => None,
            (Some(_), true) => Some(opener.output()),
            (Some(_), false) => Some(lowered.output().await?),
        };
        lowered.sinks.extend(sink.clone());
        let Lowered { sinks, lent, .. } = lowered;
        let instance = wired.instance.instantiate_async(&mut *store).await?;
        let function = instance.get_func(&mut *store, function).expect("the component exports it");
        let mut results = vec![Val::Bool(false); usize::from(signature.result.is_some())];
        function.call_async(&mut *store, &arguments, &mut results).await?;
        store.data().outputs().drain().await;
        for handle in lent {
            handle.take_back(store).await?;
        }
        let mut code = 0;
        if let (Some(ty), Some(sink), Some(value)) = (&signature.result, sink, results.pop()) {
            let settler = Settler::new(sink, call.destination.format, &start.stdio.stderr, aside);
            code = settler.settle(store, ty, value).await.map_err(fault)?;
        }
        if code == 0 {
            for sink in sinks {
                sink.finish().await?;
            }
        }
        Ok(code)
    });
    let mut outcome = outcome.await?;
    if let Exit::Trap(trap) = &mut outcome.exit
        && trap.message.contains("deadlock")
    {
        trap.message = "it waits for something that can't happen any more".into();
        trap.hint =
            Some("it has begun to wait without a stream, a timer or a call that could wake it");
    }
    if let Exit::Trap(trap) = &mut outcome.exit
        && trap.budget == Some("--max-host-memory")
        && signature.result.as_ref().is_some_and(size::holds_bytes)
    {
        trap.hint = Some(
            "each byte of a `list<u8>` takes 40 on its way out: raise it with `--max-host-memory SIZE`, or return a stream",
        );
    }
    Ok(outcome)
}

fn fault(trouble: Trouble) -> Fault {
    match trouble {
        Trouble::Engine(error) => Fault::Guest(error),
        Trouble::Host(error) => Fault::Host(error),
        Trouble::Unfinished => Fault::Trap(Trap {
            message: "it returned a stream or a future, and ended without closing it".into(),
            budget: None,
            hint: Some("drop the writing end when all is written, or finish the future"),
            frames: Vec::new(),
        }),
    }
}
