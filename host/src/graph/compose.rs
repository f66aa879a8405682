//! Makes one component of the linked guests that share a store. The same guests and links give the same bytes.

use std::collections::BTreeMap;

use wac_graph::types::{ItemKind, Package};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};
use wasmparser::{Validator, WasmFeatures};

use crate::error::{Class, Error, Result};
use crate::graph::Linked;
use crate::graph::isolation::crossings;
use crate::graph::link::Wiring;
use crate::plan::authority::own_name;

/// The component of a linked graph: it exports what the main guest exports. What isolated guests meet it imports under the
/// names of [`crossings`].
///
/// # Errors
/// `Class::Import` when types don't fit in a way that names and signatures don't show, `Class::Program` when the guests
/// can't be put into one component.
pub fn compose(linked: &Linked) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut packages = BTreeMap::new();
    for (guest, (surface, component)) in linked.surfaces.iter().zip(&linked.components).enumerate() {
        if surface.isolated {
            continue;
        }
        let package =
            Package::from_bytes(&format!("forebay:{}", surface.guest), None, component.clone(), graph.types_mut());
        let package = package.and_then(|package| Ok(graph.register_package(package)?));
        let package = package.map_err(|error| {
            Error::new(Class::Program, format!("`{}` can't be part of a composition", surface.program))
                .chain(error.chain())
        });
        packages.insert(guest, package?);
    }
    let instances = instantiate(&mut graph, &packages, linked)?;
    let (main, name) = (instances[&0], &linked.surfaces[0].program);
    let failed = |error: anyhow::Error| {
        Error::new(Class::Program, format!("`{name}` can't be composed with what it imports")).chain(error.chain())
    };
    let exports: Vec<String> = graph.types()[graph[packages[&0]].ty()].exports.keys().cloned().collect();
    for export in exports {
        let node = graph.alias_instance_export(main, &export).map_err(|error| failed(error.into()))?;
        graph.export(node, export).map_err(|error| failed(error.into()))?;
    }
    // wac's own check doesn't know the annotation that names of guests' own carry.
    let options = EncodeOptions { define_components: true, validate: false, processor: None };
    let bytes = graph.encode(options).map_err(|error| failed(error.into()))?;
    let features = WasmFeatures::all();
    Validator::new_with_features(features).validate_all(&bytes).map_err(|error| failed(error.into()))?;
    Ok(bytes)
}

/// An instance of each guest, those first that others import from, with all that guests meet and have for themselves.
fn instantiate(
    graph: &mut CompositionGraph,
    packages: &BTreeMap<usize, PackageId>,
    linked: &Linked,
) -> Result<BTreeMap<usize, NodeId>> {
    let Wiring { order, edges, host } = &linked.wiring;
    let crossings = crossings(&linked.surfaces, edges);
    let mut imported: BTreeMap<&str, NodeId> = BTreeMap::new();
    let mut instances = BTreeMap::new();
    let mut misfits = Vec::new();
    for &guest in order {
        let Some(&package) = packages.get(&guest) else { continue };
        let instance = graph.instantiate(package);
        instances.insert(guest, instance);
        for met in host.iter().filter(|met| met.importer == guest) {
            let Some(label) = met.own else { continue };
            let Some(kind) = import_kind(graph, package, &met.import) else { continue };
            let node = graph.import(own_name(&linked.surfaces[guest].guest, label), kind).map_err(anyhow::Error::from);
            let set = node.and_then(|node| Ok(graph.set_instantiation_argument(instance, &met.import, node)?));
            misfits.extend(set.err().map(|error| reason(linked, guest, &met.import, &error)));
        }
        for (edge, crossing) in crossings.iter().filter(|(edge, _)| edge.importer == guest) {
            let node = match imported.get(crossing.import.as_str()) {
                Some(node) => Ok(*node),
                None => match import_kind(graph, package, &edge.import) {
                    Some(kind) => graph.import(&crossing.import, kind).map_err(anyhow::Error::from),
                    None => continue,
                },
            };
            imported.extend(node.as_ref().ok().map(|node| (crossing.import.as_str(), *node)));
            let set = node.and_then(|node| Ok(graph.set_instantiation_argument(instance, &edge.import, node)?));
            misfits.extend(set.err().map(|error| reason(linked, guest, &edge.import, &error)));
        }
        for edge in edges.iter().filter(|edge| edge.importer == guest) {
            let Some(&provider) = instances.get(&edge.provider) else { continue };
            let node = graph.alias_instance_export(provider, &edge.export).map_err(anyhow::Error::from);
            let set = node.and_then(|node| Ok(graph.set_instantiation_argument(instance, &edge.import, node)?));
            misfits.extend(set.err().map(|error| reason(linked, guest, &edge.import, &error)));
        }
    }
    if misfits.is_empty() {
        return Ok(instances);
    }
    let error = Error::new(Class::Import, "the guests' types don't fit");
    Err(misfits.iter().fold(error, Error::cause))
}

fn import_kind(graph: &CompositionGraph, package: PackageId, import: &str) -> Option<ItemKind> {
    graph.types()[graph[package].ty()].imports.get(import).copied()
}

fn reason(linked: &Linked, guest: usize, import: &str, error: &anyhow::Error) -> String {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    format!("`{}` imports `{import}`: {}", linked.surfaces[guest].guest, chain.join(": "))
}
