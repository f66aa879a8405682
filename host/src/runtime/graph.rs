//! Graphs through the door: the guests that share a store become one component, and each isolated one stays its own.

use std::sync::Arc;

use wasmtime::component::Component;

use crate::engine::Purpose;
use crate::error::{Class, Error, Result};
use crate::event::Event;
use crate::graph::{self, Crossing, Graph};
use crate::invoke::{Apart, Neighbour};
use crate::isolate::Door;
use crate::load;
use crate::policy::Allowance;
use crate::runtime::{Loaded, Runtime};
use crate::wire::{self, Wanted};

/// An isolated guest, compiled.
#[derive(Clone)]
pub(super) struct Isolated {
    loaded: Loaded,
    allowance: Allowance,
    /// Whether it's run for each call.
    command: bool,
}

impl Runtime {
    /// Links, composes and compiles several guests, or finds them compiled, on this thread.
    ///
    /// # Errors
    /// As [`Graph::link`] and [`load_bytes`](Runtime::load_bytes).
    pub fn load_graph_blocking(&self, graph: &Graph) -> Result<Loaded> {
        if graph.may_divide() {
            return self.load_divided(graph);
        }
        let engine = self.0.engines.get(graph.is_async(), Purpose::of_guests(graph.guests().len()))?;
        let component = self.compiled(engine, graph.name(), &graph.identity(), || self.compose(graph))?;
        Ok(self.shared(graph, component))
    }

    fn shared(&self, graph: &Graph, component: Component) -> Loaded {
        let headroom = graph.headroom(self.0.config.adapter);
        let (runtime, name) = (self.clone(), graph.name().to_owned());
        let (doors, isolated, mounts) = (Vec::new(), Vec::new(), Vec::new());
        Loaded { runtime, name, component, headroom, doors, isolated, mounts }
    }

    /// A graph in several stores. Who calls whom isn't in the compiled code, so it's linked each time.
    fn load_divided(&self, graph: &Graph) -> Result<Loaded> {
        let linked = self.linked(graph)?;
        let adapter = self.0.config.adapter;
        let numbers: Vec<usize> = linked.isolated().collect();
        let mut isolated: Vec<Isolated> = Vec::new();
        for &index in &numbers {
            let guest = &graph.guests()[index];
            let metered = guest.allowance.call_fuel.is_some();
            let purpose = if metered { Purpose::Metered } else { Purpose::Isolated };
            let engine = self.0.engines.get(guest.program.is_async(), purpose)?;
            let bytes = &linked.components[index];
            let component = self.compiled(engine, &guest.program.name, bytes, || Ok(bytes.clone()))?;
            let crossings = graph::crossings_of(&linked.wiring.edges, index);
            let loaded = Loaded {
                runtime: self.clone(),
                name: guest.name.clone(),
                component,
                headroom: load::headroom(guest.program.form, adapter),
                doors: crossings.into_iter().map(|crossing| door(crossing, &numbers, &isolated)).collect(),
                isolated: Vec::new(),
                mounts: Vec::new(),
            };
            let command = linked.surfaces[index].command;
            isolated.push(Isolated { loaded, allowance: guest.allowance.clone(), command });
        }
        let engine = self.0.engines.get(graph.is_async(), Purpose::of_guests(graph.guests().len()))?;
        let component = self.compiled(engine, graph.name(), &graph.identity(), || graph::compose(&linked))?;
        let mut doors: Vec<Door> = Vec::new();
        for (_, crossing) in graph::crossings(&linked.surfaces, &linked.wiring.edges) {
            if doors.iter().all(|door| door.import != crossing.import) {
                doors.push(door(crossing, &numbers, &isolated));
            }
        }
        // A command that is run for each call doesn't share the store, either.
        let shared = graph.guests().iter().zip(&linked.surfaces).filter(|(_, surface)| !surface.isolated);
        let headroom = shared.map(|(guest, _)| load::headroom(guest.program.form, adapter)).sum();
        Ok(Loaded { doors, isolated, headroom, ..self.shared(graph, component) })
    }

    /// One component of several guests: it's the same whenever they are.
    ///
    /// # Errors
    /// As [`Graph::link`], and `Class::Usage` when a guest is isolated, which no component can say.
    pub fn compose(&self, graph: &Graph) -> Result<Vec<u8>> {
        let linked = self.linked(graph)?;
        if let Some(guest) = linked.isolated().next() {
            let name = &linked.surfaces[guest].guest;
            return Err(Error::new(Class::Usage, format!("`{name}` has a store of its own"))
                .cause("a component is instantiated in one store")
                .hint("run the manifest, or leave out what isolates the guest"));
        }
        graph::compose(&linked)
    }

    fn linked(&self, graph: &Graph) -> Result<graph::Linked> {
        let linked = graph.link(self.0.config.adapter, &self.0.config.legacy)?;
        for (program, functions) in linked.unknown_sockets.iter().cloned() {
            self.emit(Event::UnknownSockets { program, functions });
        }
        Ok(linked)
    }
}

/// What meets an import that leads to another store. The isolated guests before the importer's have been compiled.
fn door(crossing: Crossing, numbers: &[usize], isolated: &[Isolated]) -> Door {
    let Crossing { import, provider, export } = crossing;
    let guest = numbers.iter().position(|number| *number == provider).expect("only isolated guests are called so");
    let Isolated { loaded, command, .. } = &isolated[guest];
    Door { import, guest, export, component: (!command).then(|| loaded.component.clone()) }
}

impl Isolated {
    /// Meets the guest's imports.
    ///
    /// # Errors
    /// `Class::Import` when one is met by nobody.
    pub(super) fn link(&self) -> Result<Apart> {
        let Loaded { name, component, doors, headroom, .. } = &self.loaded;
        let wanted = if self.command { Wanted::Main } else { Wanted::Exports };
        let wired = wire::wire(name, component, (&self.loaded.plan()?, doors), wanted)?;
        let (neighbour, allowance) = (Neighbour::new(name), self.allowance.clone());
        Ok(Apart { neighbour, wired: Arc::new(wired), allowance, headroom: *headroom })
    }
}
