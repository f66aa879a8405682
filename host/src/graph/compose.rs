//! Makes one component of the linked guests that share a store. The same guests and links give the
//! same bytes.

use std::collections::{BTreeMap, BTreeSet};

use wac_graph::types::{ItemKind, Package};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};
use wasmparser::{Validator, WasmFeatures};

use crate::error::{Class, Error, Result};
use crate::graph::Linked;
use crate::graph::isolation::{Crossing, crossings};
use crate::graph::wiring::Edge;
use crate::interfaces::guest_import_name;

/// What one component can hold of instances, those that are passed on included, is limited by the
/// engine to 1,000. A part of a graph stays below this, so that there is room for what it shares
/// with the host.
const MOST: usize = 800;

/// What guests have for themselves is imported by the whole, so it has to fit there.
const MOST_OWN: usize = 900;

/// The component of a linked graph: it exports what the main guest exports. What isolated guests
/// meet it imports under the names of [`crossings`]. Large graphs are composed in parts, each a
/// component of its own within.
///
/// # Errors
/// `Class::Import` when types don't fit in a way that names and signatures don't show,
/// `Class::Program` when the guests can't be put into one component.
pub fn compose(linked: &Linked) -> Result<Vec<u8>> {
    let parts = parts(linked);
    let host = linked.wiring.host.iter().filter(|met| !linked.surfaces[met.importer].isolated);
    let own = host.filter(|met| met.own.is_some()).count();
    if own > MOST_OWN {
        return Err(Error::new(Class::Program, "so many guests can't be one component")
            .cause(format!("together they ask the host for {own} interfaces under grants of their own; {MOST_OWN} fit"))
            .hint("leave out guests, or imports that they don't need; an isolated guest's don't count"));
    }
    if let [part] = parts.as_slice() {
        let mut whole = Composition::new(linked, part)?;
        whole.fill(part)?;
        whole.export_main(whole.guests[&0])?;
        return whole.finish();
    }
    let nested = || {
        // Of guests within parts, only the types are needed.
        let mut whole = Composition::new(linked, &parts.iter().flatten().copied().collect())?;
        whole.nest(&parts)?;
        whole.finish()
    };
    nested().map_err(|error: Error| {
        error.hint(format!(
            "over {MOST} guests and links are composed in parts, between which a guest's own resources can't be handed on to a third one; \
             compose those guests that share them first (`forebay compose`), if they ask the host for nothing under grants of their own"
        ))
    })
}

/// The guests that share a store, each after those that it imports from, in parts that aren't too
/// large.
fn parts(linked: &Linked) -> Vec<BTreeSet<usize>> {
    let (mut parts, mut size) = (vec![BTreeSet::new()], 0);
    for &guest in linked.wiring.order.iter().filter(|guest| !linked.surfaces[**guest].isolated) {
        let own = 1 + linked.surfaces[guest].imports.len();
        if size + own > MOST && size > 0 {
            parts.push(BTreeSet::new());
            size = 0;
        }
        size += own;
        parts.last_mut().expect("there is one").insert(guest);
    }
    parts
}

/// A component that is being made, of all guests or of a part of them.
struct Composition<'a> {
    linked: &'a Linked,
    crossings: Vec<(Edge, Crossing)>,
    graph: CompositionGraph,
    /// Guests, whether they're instantiated here or in a part within.
    packages: BTreeMap<usize, PackageId>,
    /// Those that are.
    guests: BTreeMap<usize, NodeId>,
    imported: BTreeMap<String, NodeId>,
    misfits: Vec<String>,
}

impl<'a> Composition<'a> {
    fn new(linked: &'a Linked, guests: &BTreeSet<usize>) -> Result<Self> {
        let mut graph = CompositionGraph::new();
        let mut packages = BTreeMap::new();
        for &guest in guests {
            let (surface, component) = (&linked.surfaces[guest], &linked.components[guest]);
            let name = format!("forebay:{}", surface.guest);
            let package = Package::from_bytes(&name, None, component.clone(), graph.types_mut());
            let package = package.and_then(|package| Ok(graph.register_package(package)?));
            let package = package.map_err(|error| {
                Error::new(
                    Class::Program,
                    format!("`{}` can't be part of a composition", surface.program),
                )
                .chain(error.chain())
            });
            packages.insert(guest, package?);
        }
        let crossings = crossings(&linked.surfaces, &linked.wiring.edges);
        let (guests, imported, misfits) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        Ok(Composition { linked, crossings, graph, packages, guests, imported, misfits })
    }

    /// An instance of each guest of a part, those first that others import from, with all that
    /// guests meet and have for themselves.
    fn fill(&mut self, part: &BTreeSet<usize>) -> Result<()> {
        let linked = self.linked;
        for &guest in linked.wiring.order.iter().filter(|guest| part.contains(guest)) {
            let instance = self.graph.instantiate(self.packages[&guest]);
            self.guests.insert(guest, instance);
            for (import, name) in self.from_outside(guest) {
                self.import(guest, instance, (&import, &import), name);
            }
            for (index, edge) in self.edges(guest) {
                match self.guests.get(&edge.provider) {
                    Some(&provider) => {
                        self.pass(guest, (provider, &edge.export), (instance, &edge.import))
                    }
                    None => {
                        self.import(guest, instance, (&edge.import, &edge.import), passed_on(index))
                    }
                }
            }
        }
        self.fits()
    }

    /// Parts as components of their own, which export what later ones need.
    fn nest(&mut self, parts: &[BTreeSet<usize>]) -> Result<()> {
        let linked = self.linked;
        let place = |guest: usize| parts.iter().position(|part| part.contains(&guest));
        let between = |edge: &Edge| {
            !linked.surfaces[edge.provider].isolated && place(edge.importer) != place(edge.provider)
        };
        let edges = || linked.wiring.edges.iter().enumerate().filter(|(_, edge)| between(edge));
        // An export that several need is passed on once, under the name that the first one has for
        // it.
        let mut first: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (index, edge) in edges() {
            first.entry((edge.provider, &edge.export)).or_insert(index);
        }
        let mut made: Vec<NodeId> = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let mut inner = Composition::new(linked, part)?;
            inner.fill(part)?;
            for (&(provider, export), &index) in
                first.iter().filter(|((provider, _), _)| part.contains(provider))
            {
                inner.export(inner.guests[&provider], export, passed_on(index))?;
            }
            if part.contains(&0) {
                inner.export_main(inner.guests[&0])?;
            }
            let package = Package::from_bytes(
                &format!("forebay:part{number}"),
                None,
                inner.encode()?,
                self.graph.types_mut(),
            );
            let package = package.and_then(|package| Ok(self.graph.register_package(package)?));
            let package = package.map_err(|error| self.failed(error))?;
            let instance = self.graph.instantiate(package);
            made.push(instance);
            for &guest in part {
                for (import, name) in self.from_outside(guest) {
                    self.import(guest, instance, (&import, &name), name.clone());
                }
                for (index, edge) in edges().filter(|(_, edge)| edge.importer == guest) {
                    let Some(provider) = place(edge.provider) else { continue };
                    self.pass(
                        guest,
                        (made[provider], &passed_on(first[&(edge.provider, edge.export.as_str())])),
                        (instance, &passed_on(index)),
                    );
                }
            }
        }
        self.fits()?;
        self.export_main(made[place(0).unwrap_or_default()])
    }

    /// What a guest imports under a name that isn't its own: what it has for itself, and what
    /// isolated guests meet. With that name.
    fn from_outside(&self, guest: usize) -> Vec<(String, String)> {
        let host = self.linked.wiring.host.iter().filter(|met| met.importer == guest);
        let name = &self.linked.surfaces[guest].guest;
        let own =
            host.filter_map(|met| Some((met.import.clone(), guest_import_name(name, met.own?))));
        let crossings = self.crossings.iter().filter(|(edge, _)| edge.importer == guest);
        own.chain(crossings.map(|(edge, crossing)| (edge.import.clone(), crossing.import.clone())))
            .collect()
    }

    /// The imports of a guest that others meet, those that share its store, by their places.
    fn edges(&self, guest: usize) -> impl Iterator<Item = (usize, &'a Edge)> + use<'a> {
        let linked = self.linked;
        let met =
            move |edge: &Edge| edge.importer == guest && !linked.surfaces[edge.provider].isolated;
        linked.wiring.edges.iter().enumerate().filter(move |(_, edge)| met(edge))
    }

    /// Imports, under `name`, what `guest` imports as `of`, once, and passes it to `instance` as
    /// `to`.
    fn import(&mut self, guest: usize, instance: NodeId, (of, to): (&str, &str), name: String) {
        let Some(kind) = import_kind(&self.graph, self.packages[&guest], of) else { return };
        let node = match self.imported.get(&name) {
            Some(node) => Ok(*node),
            None => self.graph.import(&name, kind).map_err(anyhow::Error::from),
        };
        let set = node.and_then(|node| {
            self.imported.insert(name, node);
            Ok(self.graph.set_instantiation_argument(instance, to, node)?)
        });
        self.misfits.extend(set.err().map(|error| reason(self.linked, guest, of, &error)));
    }

    /// Passes what one instance exports to another.
    fn pass(&mut self, guest: usize, (from, export): (NodeId, &str), (to, import): (NodeId, &str)) {
        let node = self.graph.alias_instance_export(from, export).map_err(anyhow::Error::from);
        let set =
            node.and_then(|node| Ok(self.graph.set_instantiation_argument(to, import, node)?));
        self.misfits.extend(set.err().map(|error| reason(self.linked, guest, import, &error)));
    }

    fn fits(&mut self) -> Result<()> {
        if self.misfits.is_empty() {
            return Ok(());
        }
        Err(self
            .misfits
            .iter()
            .fold(Error::new(Class::Import, "the guests' types don't fit"), Error::cause))
    }

    /// Exports all that the main guest does, of the instance that has it.
    fn export_main(&mut self, main: NodeId) -> Result<()> {
        let exports: Vec<String> = self.graph.types()[self.graph[self.packages[&0]].ty()]
            .exports
            .keys()
            .cloned()
            .collect();
        exports.into_iter().try_for_each(|export| self.export(main, &export, export.clone()))
    }

    fn export(&mut self, of: NodeId, export: &str, name: String) -> Result<()> {
        let node = self.graph.alias_instance_export(of, export).map_err(anyhow::Error::from);
        let exported = node.and_then(|node| Ok(self.graph.export(node, name)?));
        exported.map_err(|error| self.failed(error))
    }

    fn encode(&self) -> Result<Vec<u8>> {
        // wac's own check doesn't know the annotation that names of guests' own carry.
        let options = EncodeOptions { define_components: true, validate: false, processor: None };
        self.graph.encode(options).map_err(|error| self.failed(error))
    }

    /// The bytes, of which the engine will say the same as the check here.
    fn finish(&self) -> Result<Vec<u8>> {
        let bytes = self.encode()?;
        Validator::new_with_features(WasmFeatures::all())
            .validate_all(&bytes)
            .map_err(|error| self.failed(error))?;
        Ok(bytes)
    }

    fn failed(&self, error: impl Into<anyhow::Error>) -> Error {
        let name = &self.linked.surfaces[0].program;
        Error::new(Class::Program, format!("`{name}` can't be composed with what it imports"))
            .chain(error.into().chain())
    }
}

/// What an edge between two parts is called.
fn passed_on(edge: usize) -> String {
    format!("edge{edge}")
}

fn import_kind(graph: &CompositionGraph, package: PackageId, import: &str) -> Option<ItemKind> {
    graph.types()[graph[package].ty()].imports.get(import).copied()
}

fn reason(linked: &Linked, guest: usize, import: &str, error: &anyhow::Error) -> String {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    format!("`{}` imports `{import}`: {}", linked.surfaces[guest].guest, chain.join(": "))
}
