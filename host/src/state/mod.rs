//! One store's data: tables, grants, budgets. Every store is made here.

mod context;
mod limits;

pub use context::ContextParts;
pub use limits::{Limits, Stopped};

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, LazyLock};

use rustix::fs::{Mode, OFlags};
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::filesystem::{self, Descriptor, FsPerms, OpenMode};
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::account::{Account, Accounts};
use crate::capability::held::Held;
use crate::capability::stdio::Hangup;
use crate::capability::{Guarded, Origin, Preopened};
use crate::config::Budget;
use crate::edge::{Callee, Caller};
use crate::error::{Class, Error, Result};
use crate::fs::Nodes;
use crate::policy::Guard;
use crate::state::context::GuestContext;
use crate::stream::{Opener, Writer};

/// The most that one call may copy between guest and host, in bytes of the host's representation.
const COPIED: usize = 128 << 20;

/// The data of a program's store.
pub struct State {
    /// The guests, the main one first.
    guests: Vec<GuestContext>,
    /// Which guest's contexts wasmtime's functions are given: see `act_as`.
    acting: usize,
    table: ResourceTable,
    http: WasiHttpCtx,
    /// What is held of HTTP.
    held: Held,
    /// Paths of requests that don't begin at the root.
    relative_paths: BTreeMap<u32, String>,
    /// Which open files and directories are of our own file systems.
    nodes: Nodes,
    /// What stands in the table for such a one.
    stand_in: Descriptor,
    /// By which grants open files and directories came.
    origins: BTreeMap<u32, Origin>,
    /// The sizes that open files were seen to have, those that a read was to find out.
    sizes: BTreeMap<u32, u64>,
    /// The guests in other stores that can be called, by their numbers.
    callees: Vec<Arc<dyn Callee>>,
    /// What it has used of its budget.
    pub limits: Limits,
}

/// Makes the store of a program's guests, the main one first, who can call `callees` in stores of
/// their own. Their budget is part of what the run may take.
///
/// # Errors
/// `Class::Host` when a directory can't be looked at.
pub fn store(
    engine: &Engine,
    guests: &[ContextParts<'_>],
    callees: Vec<Arc<dyn Callee>>,
    (budget, run): (&Budget, &Accounts),
    hangup: &Hangup,
) -> Result<Store<State>> {
    let mut table = ResourceTable::new();
    table.set_max_capacity(budget.handles);
    let guests = guests.iter().map(|parts| GuestContext::new(parts, run, hangup));
    let guests: Vec<GuestContext> = guests.collect::<Result<_>>()?;
    let main = guests.first().map(|main| main.opener.account());
    let state = State {
        held: Held::new(main.unwrap_or(&run.host_memory)),
        guests,
        acting: 0,
        table,
        http: WasiHttpCtx::new(),
        relative_paths: BTreeMap::new(),
        nodes: Nodes::default(),
        stand_in: stand_in()?,
        origins: BTreeMap::new(),
        sizes: BTreeMap::new(),
        callees,
        limits: Limits::new(&budget.accounts(Some(run))),
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limits);
    store.set_max_component_handles(budget.handles);
    let copied = usize::try_from(budget.host_memory).unwrap_or(usize::MAX);
    store.set_hostcall_fuel(copied.min(COPIED));
    // The executor's timers and sockets get their turn, too, and not only its other tasks.
    store.epoch_deadline_callback(|_| {
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    if let Some(fuel) = budget.fuel {
        store.set_fuel(fuel).map_err(|error| {
            Error::new(Class::Host, "cannot meter the guest").chain(error.chain())
        })?;
    }
    Ok(store)
}

/// A descriptor by which nothing can be done, for the table's places of those of our own file
/// systems. All stores share the one that it's made of.
fn stand_in() -> Result<Descriptor> {
    static NOTHING: LazyLock<Option<filesystem::File>> = LazyLock::new(|| {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let file: File = rustix::fs::open("/", flags, Mode::empty()).ok()?.into();
        Some(filesystem::File::new(file, FsPerms::ReadOnly, OpenMode::empty(), true))
    });

    let none = || Error::new(Class::Host, "the process can't open one more file");
    NOTHING.clone().map(Descriptor::File).ok_or_else(none)
}

impl State {
    /// What the host holds for each guest.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.guests.iter().map(|guest| guest.opener.account())
    }

    /// The guests' standard outputs and errors that can hold what isn't written yet.
    pub fn outputs(&self) -> Outputs {
        Outputs(self.guests.iter().flat_map(|guest| guest.outputs.clone()).collect())
    }
}

/// Standard outputs and errors of the guests of a store.
pub struct Outputs(Vec<Writer>);

impl Outputs {
    /// Waits until everything that the guests wrote is written.
    pub async fn drain(self) {
        for output in self.0 {
            output.drain().await;
        }
    }
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
    fn callee(&self, number: usize) -> Arc<dyn Callee> {
        self.callees[number].clone()
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

    fn binds(&mut self, itself: bool) {
        self.guests.iter().for_each(|guest| guest.guard.binds(itself));
    }

    fn held(&mut self) -> &mut Held {
        &mut self.held
    }

    fn relative_paths(&mut self) -> &mut BTreeMap<u32, String> {
        &mut self.relative_paths
    }

    fn nodes(&mut self) -> &mut Nodes {
        &mut self.nodes
    }

    fn stand_in(&self) -> Descriptor {
        self.stand_in.clone()
    }

    fn preopened(&self, guest: usize) -> &[Preopened] {
        &self.guests[guest].preopened
    }

    fn origin(&self, descriptor: u32) -> Origin {
        self.origins.get(&descriptor).copied().unwrap_or_default()
    }

    fn set_origin(&mut self, descriptor: u32, origin: Origin) {
        // Numbers of closed descriptors are given out again, each time through here.
        self.sizes.remove(&descriptor);
        if origin == Origin::default() {
            self.origins.remove(&descriptor);
        } else {
            self.origins.insert(descriptor, origin);
        }
    }

    fn size_seen(&mut self, descriptor: u32) -> &mut u64 {
        self.sizes.entry(descriptor).or_default()
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
            own_files: true,
        };

        let mut linker = wasmtime::component::Linker::new(&Engine::default());
        capability::link::<State>(&mut linker, &all).unwrap();
    }
}
