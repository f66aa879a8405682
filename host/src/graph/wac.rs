//! Compositions in the language WAC (`.wac`), read as graphs: each `new` is a guest, each argument
//! a link. So their guests have grants and limits of their own, as in a manifest.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use miette::{Diagnostic, SourceSpan};
use semver::Version;
use wac_graph::types::BorrowedPackageKey;
use wac_graph::{CompositionGraph, Node, NodeId, NodeKind};
use wac_parser::Document;
use wac_parser::resolution::Error as Unresolved;

use crate::config::{Adapter, Legacy};
use crate::error::{Class, Error, Result};
use crate::graph::wiring::LinkOverride;
use crate::graph::{Graph, guest_name};
use crate::load::Program;
use crate::names::split;
use crate::nesting::is_too_deep;

/// A package that a composition names: `ns:name`, and its version if it says one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name, `ns:name`.
    pub name: String,
    /// Its version.
    pub version: Option<Version>,
}

/// Reads a composition. `name` is for messages; `find` gives the program of each package. The main
/// guest is the one whose exports the composition exports; what isn't passed to a guest is the
/// host's.
///
/// # Errors
/// `Class::Usage` when the text isn't WAC, or says what a graph can't; what `find` fails with.
pub fn read(
    name: &str,
    text: &str,
    (adapter, options): (Adapter, &Legacy),
    find: &mut dyn FnMut(&Package) -> Result<Program>,
) -> Result<Graph> {
    if is_too_deep(text) {
        return Err(Error::new(Class::Usage, format!("`{name}` can't be used"))
            .cause("its brackets lie too deep inside each other")
            .hint("give parts of it names: `let a = …;`"));
    }
    let mut known: Vec<(Package, Program, Vec<u8>)> = Vec::new();
    loop {
        let missing = {
            let document = Document::parse(text).map_err(|error| refuse(name, text, &error))?;
            let key = |package: &Package| (package.name.clone(), package.version.clone());
            let keys: Vec<_> = known.iter().map(|(package, ..)| key(package)).collect();
            let packages: IndexMap<_, _> = keys
                .iter()
                .zip(&known)
                .map(|((name, version), (.., bytes))| {
                    (
                        BorrowedPackageKey::from_name_and_version(name, version.as_ref()),
                        bytes.clone(),
                    )
                })
                .collect();
            match document.resolve(packages) {
                Ok(resolution) => return graph(name, resolution.graph(), &known),
                Err(Unresolved::UnknownPackage { span, .. }) => package(text, span),
                Err(error) => return Err(refuse(name, text, &error)),
            }
        };
        if known.iter().any(|(package, ..)| *package == missing) {
            return Err(Error::new(
                Class::Usage,
                format!("`{name}` names `{}` in a way that isn't understood", missing.name),
            ));
        }
        let program = find(&missing)?;
        let bytes = program.component(adapter, options)?.component;
        known.push((missing, program, bytes));
    }
}

/// What is written at `span`: `ns:name@version`, or a path into it.
fn package(text: &str, span: SourceSpan) -> Package {
    let written = text.get(span.offset()..span.offset() + span.len()).unwrap_or_default();
    let (path, version) =
        written.split_once('@').map_or((written, None), |(path, version)| (path, Some(version)));
    let name = path.split('/').next().unwrap_or(path).to_owned();
    Package { name, version: version.and_then(|text| Version::parse(text).ok()) }
}

/// A complaint of the language, with its line and a mark under what it's about.
fn refuse(name: &str, text: &str, error: &(dyn Diagnostic + 'static)) -> Error {
    let label = error.labels().and_then(|mut labels| labels.next());
    let place = label.and_then(|label| pointed(name, text, (label.offset(), label.len())));
    let place = place.map(|place| format!("\n{place}")).unwrap_or_default();
    Error::new(Class::Usage, format!("`{name}` can't be used")).cause(format!("{error}{place}"))
}

/// The line at `offset`, with a mark under the `length` bytes from there.
fn pointed(name: &str, text: &str, (offset, length): (usize, usize)) -> Option<String> {
    // An end that isn't there is behind the last letter.
    let offset = offset.min(text.trim_end().len());
    let before = text.get(..offset)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let (number, column) =
        (before.matches('\n').count() + 1, text[start..offset].chars().count() + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let marked = text.get(offset..offset + length).unwrap_or_default().lines().next();
    let marks = "^".repeat(marked.map_or(1, |marked| marked.chars().count()).max(1));

    let indent = " ".repeat(number.to_string().len());
    let shown: String =
        line.chars().map(|letter| if letter == '\t' { ' ' } else { letter }).collect();
    let gap = " ".repeat(column - 1);
    Some(format!(
        "{indent}--> {name}:{number}:{column}\n{indent} |\n{number} | {shown}\n{indent} | {gap}{marks}"
    ))
}

/// The graph of a resolved composition.
fn graph(
    name: &str,
    composition: &CompositionGraph,
    known: &[(Package, Program, Vec<u8>)],
) -> Result<Graph> {
    let unsaid = |why: String| {
        Error::new(Class::Usage, format!("`{name}` can't be used")).cause(why).hint(
            "a graph has one main guest, and passes interfaces and functions under their own names",
        )
    };
    let nodes: Vec<(NodeId, &Node)> = composition.node_ids().zip(composition.nodes()).collect();
    let mut names: BTreeMap<usize, String> = BTreeMap::new();
    let place = |id: NodeId| nodes.iter().position(|(other, _)| *other == id);
    for (index, (_, node)) in nodes.iter().enumerate() {
        let (NodeKind::Instantiation(_), Some(package)) = (node.kind(), node.package()) else {
            continue;
        };
        let package = composition[package].name().to_owned();
        let own = guest_name(
            node.name().unwrap_or_else(|| package.rsplit(':').next().unwrap_or(&package)),
        );
        let mut free = own.clone();
        for number in 2.. {
            if !names.values().any(|taken| *taken == free) {
                break;
            }
            free = guest_name(&format!("{own} {number}"));
        }
        names.insert(index, free);
    }
    let mut main = None;
    for (id, node) in nodes.iter().filter(|(_, node)| node.export_name().is_some()) {
        let export = node.export_name().unwrap_or_default();
        let from = composition.get_alias_source(*id).and_then(|(source, _)| place(source));
        let Some(from) = from.filter(|from| names.contains_key(from)) else {
            return Err(unsaid(format!("it exports `{export}`, which is no export of a guest")));
        };
        if *main.get_or_insert(from) != from {
            return Err(unsaid(format!(
                "it exports what `{}` exports, and `{}`",
                names[&main.unwrap_or(from)],
                names[&from]
            )));
        }
    }
    let main = main.ok_or_else(|| unsaid("it exports nothing".to_owned()))?;
    let mut built = Graph::new();
    for index in std::iter::once(main).chain(names.keys().copied().filter(|index| *index != main)) {
        let Some(package) = nodes[index].1.package().map(|id| &composition[id]) else { continue };
        let is_it = |known: &&(Package, Program, Vec<u8>)| {
            known.0.name == package.name() && known.0.version.as_ref() == package.version()
        };
        let (_, program, _) = known.iter().find(is_it).expect("each package was found");
        built = built.guest(&names[&index], program.clone());
        let passed: BTreeMap<&str, NodeId> =
            composition.get_instantiation_arguments(nodes[index].0).collect();
        for import in composition.types()[package.ty()].imports.keys() {
            let choice = |provider: &str| LinkOverride {
                guest: Some(names[&index].clone()),
                import: import.clone(),
                provider: provider.to_owned(),
            };
            let Some(node) = passed.get(import.as_str()) else {
                built = built.choose(choice(LinkOverride::HOST));
                continue;
            };
            let from =
                composition.get_alias_source(*node).map(|(source, export)| (place(source), export));
            let imported = place(*node).and_then(|place| nodes[place].1.import_name());
            built = match (from, imported) {
                (Some((Some(from), export)), _)
                    if names.contains_key(&from) && split(export).0 == split(import).0 =>
                {
                    built.choose(choice(&names[&from]))
                }
                (_, Some(same)) if same == import => built.choose(choice(LinkOverride::HOST)),
                (Some((_, export)), _) => {
                    return Err(unsaid(format!("it passes `{export}` for `{import}`")));
                }
                _ => {
                    return Err(unsaid(format!(
                        "it passes something for `{import}` that is no export of a guest"
                    )));
                }
            };
        }
    }
    Ok(built)
}
