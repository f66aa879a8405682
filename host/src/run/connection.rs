//! Hands a function one connection, and finishes that when the function has returned.

use wasmtime::component::{ComponentExportIndex, Resource, Val};
use wasmtime_wasi::WasiView as _;

use crate::error::Result;
use crate::instance::{Instance, Ready, Start};
use crate::run::outcome::Outcome;
use crate::run::supervise::{Fault, supervise};
use crate::stream::Connection;

/// Calls a function whose only parameter is a connection, in a store of its own. Also gives the
/// error that it returned, a sentence; its exit code is 1 then.
///
/// # Errors
/// When the program can't start.
pub(crate) async fn connection(
    ready: &Ready,
    function: &ComponentExportIndex,
    connection: Connection,
    start: &Start<'_>,
) -> Result<(Outcome, Option<String>)> {
    let instance = ready.instance_of(start)?;
    let mut sentence = None;
    let work = async |instance: &mut Instance| {
        let result = called(instance, function, connection).await?;
        if let Some(Val::Result(Err(error))) = result {
            sentence = Some(match error.map(|error| *error) {
                Some(Val::String(text)) => text,
                _ => "it returned an error".to_owned(),
            });
            return Ok(1);
        }
        Ok::<u8, Fault>(0)
    };
    let outcome = supervise(ready.program(), instance, work).await?;
    Ok((outcome, sentence))
}

async fn called(
    instance: &mut Instance,
    function: &ComponentExportIndex,
    connection: Connection,
) -> wasmtime::Result<Option<Val>> {
    let sink = connection.sink().clone();
    let has_result = {
        let started = instance.start().await?;
        let store = instance.store();
        let function = started.get_func(&mut *store, function).expect("the component exports it");
        function.ty(&*store).results().len() > 0
    };
    let store = instance.store();
    let resource: Resource<Connection> = store.data_mut().ctx().table.push(connection)?;
    let value = Val::Resource(resource.try_into_resource_any(&mut *store)?);
    let result = instance.call(function, &[value], has_result).await?;

    // The peer may have gone, which harms nobody any more.
    let _ = sink.finish().await;
    Ok(result)
}
