//! Calls one function with typed arguments: opens what they name, calls, brings the result out,
//! finishes what was written.

use wasmtime::component::{ComponentExportIndex, Val};

use crate::account::Accounts;
use crate::canonical::{Parameters, Returned, Value, is_bytes, is_known};
use crate::capability::stdio::Stdio;
use crate::error::Result;
use crate::hint::{Hint, Setting};
use crate::instance::{Exit, Instance, Ready, Start, Trap};
use crate::run::arguments::Arguments;
use crate::run::outcome::Outcome;
use crate::run::result::{ResultError, ResultWriter};
use crate::run::size;
use crate::run::supervise::{Fault, supervise};
use crate::stream::Opener;
use crate::typed::{Call, Signature};

/// Calls a function in a store of its own, as a part of the run that has the accounts `within`. Files that it wrote appear if it ended well.
///
/// # Errors
/// When what an argument names can't be opened, before the guest starts; when what it wrote can't
/// be finished.
pub async fn function(
    ready: &Ready,
    (function, signature): (&ComponentExportIndex, &Signature),
    (call, stdio): (&Call, &Stdio),
    within: Option<&Accounts>,
) -> Result<Outcome> {
    let program = ready.program();
    let args = std::slice::from_ref(&program.name);
    let mut instance = ready.instance_of(&Start { args, env: &[], stdio, within })?;
    // What a result takes in the host's own form is charged: about 40 bytes for each value of a list.
    let most = usize::try_from(program.budget.host_memory).unwrap_or(usize::MAX);
    instance.store().set_hostcall_fuel(most);

    let work =
        async |instance: &mut Instance| work(instance, (function, signature), call, stdio).await;
    let mut outcome = supervise(program, instance, work).await?;
    if let Exit::Trap(trap) = &mut outcome.exit
        && trap.message.contains("deadlock")
    {
        trap.message = "it waits for something that can't happen any more".into();
        trap.hint = Some(
            "it has begun to wait without a stream, a timer or a call that could wake it".into(),
        );
    }
    if let Exit::Trap(trap) = &mut outcome.exit
        && trap.budget == Some(Setting::HostMemory)
        && signature.result.as_ref().is_some_and(size::holds_bytes)
    {
        let whole = !signature.is_async && signature.result.as_ref().is_some_and(is_bytes);
        let words = match whole {
            true => "raise it with {}, or return a stream",
            false => {
                "each byte of a `list<u8>` that is a part of something takes 40 on its way out: raise it with {}, or return a stream"
            }
        };
        trap.hint = Some(Hint::with(words, [Setting::HostMemory]));
    }
    Ok(outcome)
}

/// Opens, calls and brings out; gives the exit code.
async fn work(
    instance: &mut Instance,
    (function, signature): (&ComponentExportIndex, &Signature),
    call: &Call,
    stdio: &Stdio,
) -> Result<u8, Fault> {
    let opener = instance.opener().clone();
    let mut opened = Arguments::new(&opener, &call.destination);
    let mut values = Vec::with_capacity(call.arguments.len());
    for (parameter, argument) in signature.parameters.iter().zip(&call.arguments) {
        values.push(opened.open(instance.store(), parameter, argument).await?);
    }

    // A value beside a stream goes where it doesn't get mixed into that.
    let aside = opened.took_destination && call.destination.location.is_none();
    let sink = match (&signature.result, opened.took_destination) {
        (None, _) => None,
        (Some(_), true) => Some(opener.output()),
        (Some(_), false) => Some(opened.output().await?),
    };
    opened.sinks.extend(sink.clone());
    let Arguments { sinks, lent, .. } = opened;

    let result = called(instance, (function, signature), values, &opener).await?;
    for handle in lent {
        handle.take_back(instance.store()).await?;
    }

    let mut code = 0;
    if let (Some(ty), Some(sink)) = (&signature.result, sink) {
        let writer = ResultWriter::new(sink, call.destination.format, &stdio.stderr, aside);
        code = writer.write(instance.store(), ty, result).await.map_err(fault)?;
    }
    if code == 0 {
        for sink in sinks {
            sink.finish().await?;
        }
    }
    Ok(code)
}

/// Calls the function. Bytes stay bytes where they can.
async fn called(
    instance: &mut Instance,
    (function, signature): (&ComponentExportIndex, &Signature),
    values: Vec<Value>,
    opener: &Opener,
) -> wasmtime::Result<Returned> {
    let result = signature.result.as_ref();
    let types = signature.parameters.iter().map(|parameter| &parameter.ty).chain(result);
    let has_bytes = result.is_some_and(is_bytes) || values.iter().any(Value::holds_bytes);
    if has_bytes && !signature.is_async && types.into_iter().all(is_known) {
        return instance.call_canonical(function, Parameters(values)).await;
    }

    opener.give(values.iter().map(Value::bytes).sum::<usize>() * size_of::<Val>());
    let values: Vec<Val> = values.into_iter().map(Val::from).collect();
    let result = instance.call(function, &values, result.is_some()).await?;
    Ok(result.map_or(Returned::Nothing, Returned::Value))
}

fn fault(error: ResultError) -> Fault {
    match error {
        ResultError::Engine(error) => Fault::Guest(error),
        ResultError::Host(error) => Fault::Host(error),
        ResultError::Unfinished => Fault::Trap(Trap {
            message: "it returned a stream or a future, and ended without closing it".into(),
            budget: None,
            hint: Some("drop the writing end when all is written, or finish the future".into()),
            frames: Vec::new(),
        }),
    }
}
