//! One store's data: tables, grants, budgets. Every store is made here.

mod limits;

pub use limits::Limits;

use std::io::ErrorKind;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::capability::http::Egress;
use crate::capability::stdio::{Discard, Hangup, Stdio, Writer};
use crate::capability::{Guarded, sockets};
use crate::config::Budget;
use crate::error::{Class, Error, Result};
use crate::policy::{Directory, Grants, Guard};
use crate::stream::Opener;

/// The data of one guest's store.
pub struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    egress: Egress,
    guard: Arc<Guard>,
    opener: Opener,
    /// What it has used of its budget.
    pub limits: Limits,
}

/// Makes the store of one guest: its arguments, grants, standard streams and budget. Directories are opened here.
///
/// # Errors
/// `Class::NotFound` when a granted directory isn't there, `Class::Host` when it can't be opened.
#[allow(clippy::too_many_arguments)]
pub fn store(
    engine: &Engine,
    args: &[String],
    grants: &Grants,
    stdio: &Stdio,
    budget: &Budget,
    guard: Arc<Guard>,
    opener: Opener,
    hangup: &Hangup,
) -> Result<Store<State>> {
    let mut builder = WasiCtx::builder();
    builder.allow_blocking_current_thread(true);
    builder.args(args);
    for (index, (key, value)) in grants.env.iter().enumerate() {
        if !grants.env[index + 1..].iter().any(|(later, _)| later == key) {
            builder.env(key, value);
        }
    }
    if grants.preopens.in_environment {
        let sockets = &grants.preopens.sockets;
        let names: Vec<&str> = sockets.iter().map(|socket| socket.name.as_str()).collect();
        builder.env("LISTEN_FDS", sockets.len().to_string());
        builder.env("LISTEN_FDNAMES", names.join(":"));
    }
    for directory in &grants.directories {
        open(&mut builder, directory)?;
    }
    sockets::allow(&mut builder, guard.clone());
    builder.stdin(stdio.stdin.clone());
    match Writer::stdout(&stdio.stdout, hangup) {
        Some(writer) => builder.stdout(writer),
        None => builder.stdout(Discard),
    };
    match Writer::stderr(&stdio.stderr) {
        Some(writer) => builder.stderr(writer),
        None => builder.stderr(Discard),
    };
    let mut table = ResourceTable::new();
    table.set_max_capacity(budget.handles);
    let state = State {
        wasi: builder.build(),
        table,
        http: WasiHttpCtx::new(),
        egress: Egress(guard.clone()),
        guard,
        opener,
        limits: Limits::new(budget),
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limits);
    store.set_max_component_handles(budget.handles);
    store.epoch_deadline_async_yield_and_update(1);
    if let Some(fuel) = budget.fuel {
        store.set_fuel(fuel).map_err(|error| Error::new(Class::Host, "cannot meter the guest").chain(error.chain()))?;
    }
    Ok(store)
}

fn open(builder: &mut WasiCtxBuilder, directory: &Directory) -> Result<()> {
    let shown = directory.host.display();
    let cannot = |error: &std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::new(Class::NotFound, format!("there is no directory `{shown}` to grant")),
        ErrorKind::NotADirectory => Error::new(Class::NotFound, format!("`{shown}` is not a directory"))
            .hint("grant the directory that holds it"),
        _ => Error::new(Class::Host, format!("cannot open the directory `{shown}`")),
    };
    let meta = std::fs::metadata(&directory.host).map_err(|error| cannot(&error).cause(&error))?;
    if !meta.is_dir() {
        return Err(cannot(&ErrorKind::NotADirectory.into()));
    }
    let mode = if directory.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
    builder.preopened_dir(&directory.host, &directory.guest, mode).map_err(|error| {
        Error::new(Class::Host, format!("cannot open the directory `{shown}`")).chain(error.chain())
    })?;
    Ok(())
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.egress }
    }
}

impl Guarded for State {
    fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    fn opener(&self) -> &Opener {
        &self.opener
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability;
    use crate::plan::{PROVIDED, Plan};

    #[test]
    fn every_interface_that_a_plan_may_list_is_defined() {
        let engine = Engine::default();
        let all = Plan { interfaces: PROVIDED.iter().copied().collect() };
        capability::link::<State>(&mut wasmtime::component::Linker::new(&engine), &all).unwrap();
    }
}
