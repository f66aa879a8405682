//! The graph of a composition in WAC that was resolved: each instantiation is a guest, each argument
//! of it a link.

use std::collections::BTreeMap;

use wac_graph::{CompositionGraph, Node, NodeId, NodeKind};

use crate::app::package::Package;
use crate::error::{Class, Error, Result};
use crate::graph::{Graph, LinkOverride, guest_name};
use crate::load::Program;
use crate::names::split;

/// A package whose program was found.
pub(super) struct Known {
    /// What the composition calls it.
    pub package: Package,
    /// Its program.
    pub program: Program,
    /// The program as a component.
    pub component: Vec<u8>,
}

/// A composition that is being read.
struct Reading<'a> {
    /// Its file, for messages.
    file: &'a str,
    composition: &'a CompositionGraph,
    nodes: Vec<(NodeId, &'a Node)>,
    /// The guests' names, by their nodes' places.
    names: BTreeMap<usize, String>,
}

/// The graph of a resolved composition; `name` is for messages.
///
/// # Errors
/// `Class::Usage` when it says what a graph can't.
pub(super) fn graph(name: &str, composition: &CompositionGraph, known: &[Known]) -> Result<Graph> {
    let nodes: Vec<(NodeId, &Node)> = composition.node_ids().zip(composition.nodes()).collect();
    let names = names(composition, &nodes);
    let reading = Reading { file: name, composition, nodes, names };
    let main = reading.main()?;

    let others = reading.names.keys().copied().filter(|index| *index != main);
    std::iter::once(main)
        .chain(others)
        .try_fold(Graph::new(), |graph, index| reading.guest(graph, index, known))
}

/// A name for each instantiation: its own, or its package's, with a number where that is taken.
fn names(composition: &CompositionGraph, nodes: &[(NodeId, &Node)]) -> BTreeMap<usize, String> {
    let mut names: BTreeMap<usize, String> = BTreeMap::new();
    for (index, (_, node)) in nodes.iter().enumerate() {
        let (NodeKind::Instantiation(_), Some(package)) = (node.kind(), node.package()) else {
            continue;
        };
        let package = composition[package].name().to_owned();
        let short = package.rsplit(':').next().unwrap_or(&package);
        let own = guest_name(node.name().unwrap_or(short));

        let mut free = own.clone();
        for number in 2.. {
            if !names.values().any(|taken| *taken == free) {
                break;
            }
            free = guest_name(&format!("{own} {number}"));
        }
        names.insert(index, free);
    }
    names
}

impl Reading<'_> {
    fn place(&self, id: NodeId) -> Option<usize> {
        self.nodes.iter().position(|(other, _)| *other == id)
    }

    fn refuse(&self, why: String) -> Error {
        Error::new(Class::Usage, format!("`{}` can't be used", self.file)).cause(why).hint(
            "a graph has one main guest, and passes interfaces and functions under their own names",
        )
    }

    /// The guest whose exports the composition exports.
    fn main(&self) -> Result<usize> {
        let mut main = None;
        for (id, node) in &self.nodes {
            let Some(export) = node.export_name() else { continue };
            let source = self.composition.get_alias_source(*id);
            let from = source.and_then(|(source, _)| self.place(source));
            let Some(from) = from.filter(|from| self.names.contains_key(from)) else {
                let why = format!("it exports `{export}`, which is no export of a guest");
                return Err(self.refuse(why));
            };

            let first = *main.get_or_insert(from);
            if first != from {
                let (first, other) = (&self.names[&first], &self.names[&from]);
                return Err(
                    self.refuse(format!("it exports what `{first}` exports, and `{other}`"))
                );
            }
        }
        main.ok_or_else(|| self.refuse("it exports nothing".to_owned()))
    }

    /// Adds a guest to the graph, and a link for each of its imports.
    fn guest(&self, graph: Graph, index: usize, known: &[Known]) -> Result<Graph> {
        let Some(package) = self.nodes[index].1.package() else { return Ok(graph) };
        let package = &self.composition[package];
        let is_it = |known: &&Known| {
            known.package.name == package.name()
                && known.package.version.as_ref() == package.version()
        };
        let known = known.iter().find(is_it).expect("each package was found");
        let graph = graph.guest(&self.names[&index], known.program.clone());

        let arguments = self.composition.get_instantiation_arguments(self.nodes[index].0);
        let passed: BTreeMap<&str, NodeId> = arguments.collect();
        let imports = self.composition.types()[package.ty()].imports.keys();
        imports.into_iter().try_fold(graph, |graph, import| {
            let provider = match passed.get(import.as_str()) {
                None => LinkOverride::HOST,
                Some(node) => self.provider(*node, import)?,
            };
            Ok(graph.choose(LinkOverride {
                guest: Some(self.names[&index].clone()),
                import: import.clone(),
                provider: provider.to_owned(),
            }))
        })
    }

    /// Who meets an import that is passed what `node` stands for.
    fn provider(&self, node: NodeId, import: &str) -> Result<&str> {
        let imported = self.place(node).and_then(|place| self.nodes[place].1.import_name());
        if let Some((source, export)) = self.composition.get_alias_source(node) {
            let guest = self.place(source).and_then(|place| self.names.get(&place));
            return match guest {
                Some(guest) if split(export).0 == split(import).0 => Ok(guest),
                _ if imported == Some(import) => Ok(LinkOverride::HOST),
                _ => Err(self.refuse(format!("it passes `{export}` for `{import}`"))),
            };
        }
        if imported == Some(import) {
            return Ok(LinkOverride::HOST);
        }
        Err(self.refuse(format!("it passes something for `{import}` that is no export of a guest")))
    }
}
