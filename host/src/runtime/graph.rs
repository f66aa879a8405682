//! Graphs through the door: the guests that share a store become one component, and each isolated
//! one stays its own.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::Found;
use crate::edge::CrossStoreImport;
use crate::engine::Purpose;
use crate::error::{Class, Error, Result};
use crate::event::Event;
use crate::graph::{self, Crossing, Graph, Linked};
use crate::instance::Confined;
use crate::load::{self, Program};
use crate::policy::Allowance;
use crate::runtime::code::Origin;
use crate::runtime::isolated::Isolated;
use crate::runtime::{Loaded, Runtime};

/// All that linking says of a graph beside its code: who lives apart, and who is called across
/// stores.
#[derive(Serialize, Deserialize)]
struct Division {
    /// The isolated guests, each after those that it imports from.
    apart: Vec<Living>,
    /// What they meet of the others' imports, each import once.
    crossings: Vec<Crossing>,
}

/// An isolated guest.
#[derive(Serialize, Deserialize)]
struct Living {
    /// Its place in the graph.
    guest: usize,
    /// Whether it's run for each call.
    command: bool,
    /// What others meet of its imports.
    crossings: Vec<Crossing>,
}

impl Division {
    fn of(linked: &Linked) -> Division {
        let (surfaces, edges) = (&linked.surfaces, &linked.wiring.edges);
        let living = |guest: usize| Living {
            guest,
            command: surfaces[guest].command,
            crossings: graph::crossings_of(edges, guest),
        };
        let mut crossings: Vec<Crossing> = Vec::new();
        for (_, crossing) in graph::crossings(surfaces, edges) {
            if !crossings.contains(&crossing) {
                crossings.push(crossing);
            }
        }
        Division { apart: linked.isolated().map(living).collect(), crossings }
    }
}

/// A graph that is linked when something needs it to be: not if all that comes of it is in the
/// cache.
struct Linking<'a> {
    runtime: &'a Runtime,
    graph: &'a Graph,
    linked: OnceCell<Linked>,
    /// What is asked before.
    check: &'a dyn Fn() -> Result<()>,
}

impl Linking<'_> {
    fn linked(&self) -> Result<&Linked> {
        if let Some(linked) = self.linked.get() {
            return Ok(linked);
        }
        (self.check)()?;
        let linked = self.runtime.linked(self.graph)?;
        Ok(self.linked.get_or_init(|| linked))
    }
}

impl Runtime {
    /// How legacy guests become components.
    pub(crate) fn adapting(&self) -> (crate::config::Adapter, &crate::config::Legacy) {
        (self.0.config.adapter, &self.0.config.legacy)
    }

    /// Links, composes and compiles several guests, or finds them compiled, on this thread.
    ///
    /// # Errors
    /// As [`Graph::link`] and [`load_bytes`](Runtime::load_bytes).
    pub fn load_graph_blocking(&self, graph: &Graph) -> Result<Loaded> {
        self.load_graph_if(graph, &|_| Ok(()))
    }

    /// [`load_graph_blocking`](Runtime::load_graph_blocking), but `check` is asked of the main
    /// guest's program before anything that isn't cached is linked.
    ///
    /// # Errors
    /// As [`load_graph_blocking`](Runtime::load_graph_blocking), and what `check` says.
    pub fn load_graph_if(
        &self,
        graph: &Graph,
        check: &dyn Fn(&Program) -> Result<()>,
    ) -> Result<Loaded> {
        graph.check()?;
        let identity = graph.identity();
        let checked = || graph.guests().first().map_or(Ok(()), |main| check(&main.program));
        if graph.may_divide() {
            return self.load_divided(graph, &identity, &checked);
        }
        let engine = self.shared_engine(graph)?;
        let component = self.0.compiled(engine, graph.name(), Origin::Graph(&identity), || {
            checked().and_then(|()| self.compose(graph))
        })?;
        let headroom = graph.headroom(self.0.config.adapter);
        Ok(self.shared(graph, component, headroom))
    }

    /// The engine of the guests that share a store. Who shares it is known before linking but for
    /// commands that are used as filters, which only make it fewer.
    fn shared_engine(&self, graph: &Graph) -> Result<&Engine> {
        let shared = graph.guests().iter().filter(|guest| !guest.allowance.is_isolated());
        self.0.engines.get(graph.is_async(), Purpose::of_guests(shared.count()))
    }

    fn shared(&self, graph: &Graph, component: Component, headroom: u64) -> Loaded {
        let (runtime, name) = (self.clone(), graph.name().to_owned());
        let (cross_store, isolated, mounts) = (Vec::new(), Vec::new(), Vec::new());
        let silent = component.component_type().exports(component.engine()).len() == 0;
        let main = graph.guests().first().map(|guest| &guest.program);
        let idle = main
            .filter(|main| silent && main.form == load::Form::Module)
            .and_then(|main| load::idle(&main.name, &main.bytes));
        let confined = self.confined(graph);
        Loaded { runtime, name, component, headroom, idle, cross_store, isolated, confined, mounts }
    }

    /// The guests that share a store and whose code carries limits.
    fn confined(&self, graph: &Graph) -> Vec<Confined> {
        let confined = |guest: &graph::Guest| {
            let Allowance { memory, table_elements, .. } = guest.allowance;
            let headroom = load::headroom(guest.program.form, self.0.config.adapter);
            let limited = memory.is_some() || table_elements.is_some();
            let limited = limited && !guest.allowance.is_isolated();
            limited.then(|| Confined { name: guest.name.clone(), memory, headroom, table_elements })
        };
        graph.guests().iter().filter_map(confined).collect()
    }

    /// A graph in several stores: a component for each.
    fn load_divided(
        &self,
        graph: &Graph,
        identity: &[u8],
        check: &dyn Fn() -> Result<()>,
    ) -> Result<Loaded> {
        let linking = Linking { runtime: self, graph, linked: OnceCell::new(), check };
        let Division { apart, crossings } = self.division(&linking, identity)?;
        let numbers: Vec<usize> = apart.iter().map(|guest| guest.guest).collect();
        let headroom = |index: usize| {
            load::headroom(graph.guests()[index].program.form, self.0.config.adapter)
        };
        let mut isolated: Vec<Isolated> = Vec::new();
        for Living { guest: index, command, crossings } in apart {
            let guest = &graph.guests()[index];
            let metered = guest.allowance.call_fuel.is_some();
            let purpose = if metered { Purpose::Metered } else { Purpose::Isolated };
            let engine = self.0.engines.get(guest.program.is_async(), purpose)?;
            // The same as by itself but for open sockets, which only the main guest has.
            let own = blake3::hash(&guest.program.bytes);
            let own = Origin::Guest(own.as_bytes());
            let make = || Ok(linking.linked()?.components[index].clone());
            let component = self.0.compiled(engine, &guest.program.name, own, make)?;
            let cross_store = crossings
                .into_iter()
                .map(|crossing| cross_store_import(crossing, &numbers, &isolated))
                .collect();
            isolated.push(Isolated {
                name: guest.name.clone(),
                component,
                headroom: headroom(index),
                cross_store,
                allowance: guest.allowance.clone(),
                command,
            });
        }
        let engine = self.shared_engine(graph)?;
        let component = self.0.compiled(engine, graph.name(), Origin::Graph(identity), || {
            graph::compose(linking.linked()?)
        })?;
        let cross_store = crossings
            .into_iter()
            .map(|crossing| cross_store_import(crossing, &numbers, &isolated))
            .collect();
        let sharing = (0..graph.guests().len()).filter(|index| !numbers.contains(index));
        Ok(Loaded {
            cross_store,
            isolated,
            ..self.shared(graph, component, sharing.map(headroom).sum())
        })
    }

    /// Who lives apart: from the cache, where the code is too, or by linking.
    fn division(&self, linking: &Linking<'_>, identity: &[u8]) -> Result<Division> {
        let Some(cache) = &self.0.cache else { return Ok(Division::of(linking.linked()?)) };
        let engine = self.shared_engine(linking.graph)?;
        let key = self.0.key(engine, Origin::Division(identity));
        if let Found::Hit(path) = cache.find(&key)
            && let Ok(bytes) = std::fs::read(path)
            && let Ok(division) = serde_json::from_slice(&bytes)
        {
            return Ok(division);
        }
        let division = Division::of(linking.linked()?);
        let bytes = serde_json::to_vec(&division).expect("names and numbers always serialise");
        if let Err(error) = cache.store(&key, &bytes) {
            self.0.emit(Event::CacheUnusable {
                path: cache.directory().to_owned(),
                why: error.to_string(),
            });
        }
        Ok(division)
    }

    /// One component of several guests: it's the same whenever they are.
    ///
    /// # Errors
    /// As [`Graph::link`], and `Class::Usage` when a guest is isolated, which no component can say.
    pub fn compose(&self, graph: &Graph) -> Result<Vec<u8>> {
        graph::compose(&self.whole(graph)?)
    }

    /// One component of several guests for any host: they're all granted the same.
    ///
    /// # Errors
    /// As [`compose`](Runtime::compose).
    pub fn compose_portable(&self, graph: &Graph) -> Result<Vec<u8>> {
        graph::compose(&self.whole(graph)?.portable())
    }

    /// A graph that one component can say.
    fn whole(&self, graph: &Graph) -> Result<Linked> {
        let linked = self.linked(graph)?;
        if let Some(guest) = linked.isolated().next() {
            let name = &linked.surfaces[guest].guest;
            return Err(Error::new(Class::Usage, format!("`{name}` has a store of its own"))
                .cause("a component is instantiated in one store")
                .hint("run the manifest, or leave out what isolates the guest"));
        }
        Ok(linked)
    }

    fn linked(&self, graph: &Graph) -> Result<Linked> {
        let linked = graph.link(self.0.config.adapter, &self.0.config.legacy)?;
        for (program, functions) in linked.unknown_sockets.iter().cloned() {
            self.0.emit(Event::UnknownSockets { program, functions });
        }
        Ok(linked)
    }
}

/// What meets an import that leads to another store. The isolated guests before the importer's have
/// been compiled.
fn cross_store_import(
    crossing: Crossing,
    numbers: &[usize],
    isolated: &[Isolated],
) -> CrossStoreImport {
    let Crossing { import, provider, export } = crossing;
    let guest = numbers
        .iter()
        .position(|number| *number == provider)
        .expect("only isolated guests are called so");
    let Isolated { component, command, .. } = &isolated[guest];
    CrossStoreImport { import, guest, export, component: (!command).then(|| component.clone()) }
}
