//! One store's data: tables, grants, budgets. Every store is made here.

mod limits;

pub use limits::Limits;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::capability::http::Egress;
use crate::capability::stdio::{Discard, Hangup, Output, Stdio, Writer};
use crate::capability::{Guarded, sockets};
use crate::config::Budget;
use crate::error::{Class, Error, Result};
use crate::isolate::{Caller, Isolated};
use crate::policy::{Directory, Grants, Guard};
use crate::stream::{Mount, Mounts, Opener};

/// The data of a program's store.
pub struct State {
    /// The guests, the main one first.
    guests: Vec<Guest>,
    /// Whose the views are.
    acting: usize,
    table: ResourceTable,
    http: WasiHttpCtx,
    /// Files that aren't on a disk, of the main guest.
    mounts: Mounts,
    /// By whom open files and directories came, unless by the main guest.
    owners: BTreeMap<u32, usize>,
    /// The isolated guests that can be called, by their numbers.
    isolated: Vec<Arc<dyn Isolated>>,
    /// What it has used of its budget.
    pub limits: Limits,
}

/// What one guest has of its own.
struct Guest {
    wasi: WasiCtx,
    egress: Egress,
    guard: Arc<Guard>,
    opener: Opener,
}

/// What a guest is given when a store is made.
pub struct Seat<'a> {
    /// Its arguments, its own name first.
    pub args: &'a [String],
    /// What it may use.
    pub grants: &'a Grants,
    /// Its standard streams.
    pub stdio: &'a Stdio,
    /// Files that aren't on a disk; those of the main guest.
    pub mounts: &'a [Mount],
    /// Who decides what it may do.
    pub guard: Arc<Guard>,
    /// Who opens what it names by URL.
    pub opener: Opener,
}

/// Makes the store of a program's guests, the main one first, who can call those that are
/// `isolated`. Directories are opened here.
///
/// # Errors
/// `Class::NotFound` when a granted directory isn't there, `Class::Host` when it can't be opened.
pub fn store(
    engine: &Engine,
    seats: &[Seat<'_>],
    isolated: Vec<Arc<dyn Isolated>>,
    budget: &Budget,
    hangup: &Hangup,
) -> Result<Store<State>> {
    let mut table = ResourceTable::new();
    table.set_max_capacity(budget.handles);
    let mounts = Mounts::new(seats.first().map_or(&[], |main| main.mounts)).map_err(|error| {
        Error::new(Class::Host, "cannot make room for mounted files")
            .cause(error)
            .hint("is TMPDIR writable?")
    })?;
    let folders = |index: usize| if index == 0 { mounts.folders().collect() } else { Vec::new() };
    let guests = seats.iter().enumerate().map(|(index, seat)| guest(seat, &folders(index), hangup));
    let state = State {
        guests: guests.collect::<Result<_>>()?,
        acting: 0,
        table,
        http: WasiHttpCtx::new(),
        mounts,
        owners: BTreeMap::new(),
        isolated,
        limits: Limits::new(budget),
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limits);
    store.set_max_component_handles(budget.handles);
    store.epoch_deadline_async_yield_and_update(1);
    if let Some(fuel) = budget.fuel {
        store.set_fuel(fuel).map_err(|error| {
            Error::new(Class::Host, "cannot meter the guest").chain(error.chain())
        })?;
    }
    Ok(store)
}

/// What a guest has of its own; `folders` are those of its mounted files.
fn guest(seat: &Seat<'_>, folders: &[(PathBuf, &str)], hangup: &Hangup) -> Result<Guest> {
    let Seat { args, grants, stdio, guard, opener, .. } = seat;
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
    for (host, guest) in folders {
        open(
            &mut builder,
            &Directory { host: host.clone(), guest: (*guest).to_owned(), read_only: true },
        )?;
    }
    sockets::allow(&mut builder, guard.clone());
    builder.stdin(stdio.stdin.clone());
    match (&stdio.stdout, Writer::stdout(&stdio.stdout, hangup)) {
        (Output::Handed(stream), _) => builder.stdout(stream.clone()),
        (_, Some(writer)) => builder.stdout(writer),
        (_, None) => builder.stdout(Discard),
    };
    match (&stdio.stderr, Writer::stderr(&stdio.stderr)) {
        (Output::Handed(stream), _) => builder.stderr(stream.clone()),
        (_, Some(writer)) => builder.stderr(writer),
        (_, None) => builder.stderr(Discard),
    };
    Ok(Guest {
        wasi: builder.build(),
        egress: Egress(guard.clone()),
        guard: guard.clone(),
        opener: opener.clone(),
    })
}

fn open(builder: &mut WasiCtxBuilder, directory: &Directory) -> Result<()> {
    let shown = directory.host.display();
    let cannot = |error: &std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            Error::new(Class::NotFound, format!("there is no directory `{shown}` to grant"))
        }
        ErrorKind::NotADirectory => {
            Error::new(Class::NotFound, format!("`{shown}` is not a directory"))
                .hint("grant the directory that holds it")
        }
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
        WasiCtxView { ctx: &mut self.guests[self.acting].wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.guests[self.acting].egress,
        }
    }
}

impl Caller for State {
    fn isolated(&self, number: usize) -> Arc<dyn Isolated> {
        self.isolated[number].clone()
    }
}

impl Guarded for State {
    fn guard(&self, guest: usize) -> &Arc<Guard> {
        &self.guests[guest].guard
    }

    fn opener(&self, guest: usize) -> &Opener {
        &self.guests[guest].opener
    }

    fn act_as(&mut self, guest: usize) -> usize {
        std::mem::replace(&mut self.acting, guest)
    }

    fn mounts(&mut self) -> &mut Mounts {
        &mut self.mounts
    }

    fn owner(&self, descriptor: u32) -> usize {
        self.owners.get(&descriptor).copied().unwrap_or(0)
    }

    fn set_owner(&mut self, descriptor: u32, guest: usize) {
        // Numbers of closed descriptors are given out again, each time through here.
        match guest {
            0 => drop(self.owners.remove(&descriptor)),
            _ => drop(self.owners.insert(descriptor, guest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability;
    use crate::interfaces::{GuestImport, Interface, Sharing, guest_import_name};
    use crate::plan::Plan;

    #[test]
    fn every_interface_can_be_linked_by_its_name_and_by_a_guests_own() {
        let own = |interface: &Interface| match interface.sharing() {
            Sharing::Own(label) => Some(GuestImport {
                guest: "a".into(),
                name: guest_import_name("a", label),
                interface: *interface,
            }),
            Sharing::Shared | Sharing::MainOnly => None,
        };
        let all = Plan {
            interfaces: Interface::ALL.iter().copied().collect(),
            own: Interface::ALL.iter().filter_map(own).collect(),
            mounts: true,
        };

        let mut linker = wasmtime::component::Linker::new(&Engine::default());
        capability::link::<State>(&mut linker, &all).unwrap();
    }
}
