//! Which import of a graph is met by whose export. Pure: surfaces come in, a wiring or one error
//! with every problem goes out.
//!
//! An import is met by another guest's export of the same name at a version that semver calls
//! compatible, or where several could, by the one that is chosen; else by the host. Every function
//! of it must be there with the same type.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::graph::interpose::{self, Interposed};
use crate::graph::isolation;
use crate::graph::problem::{self, Problem};
use crate::interfaces::{Interface, Sharing};
use crate::names::{fits, split, version};

/// What a guest imports and exports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// The guest's name.
    pub guest: String,
    /// Its program, as the user calls it.
    pub program: String,
    /// What it imports.
    pub imports: Vec<Item>,
    /// What it exports.
    pub exports: Vec<Item>,
    /// Imported functions, each with its import's name, whose calls wait for the result.
    pub waits: BTreeSet<(String, String)>,
    /// Whether it lives in a store of its own.
    pub isolated: bool,
    /// Whether it's a command that is run, in a new store, for each call of the filter, source or
    /// sink that it stands for.
    pub command: bool,
}

/// An interface, or a function by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `ns:pkg/interface@version`, or a plain name.
    pub name: String,
    /// Its functions and their types, spelled out.
    pub functions: BTreeMap<String, String>,
    /// Whether it's a function by itself.
    pub plain: bool,
    /// What some of its functions pass that can't go from one store to another: each function's
    /// first such type.
    pub bound: BTreeMap<String, String>,
}

/// Who is to meet an import, where names don't say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Whose import; everyone's if `None`.
    pub guest: Option<String>,
    /// The import's name, with or without its version.
    pub import: String,
    /// The guest that meets it, or [`HOST`](Choice::HOST).
    pub provider: String,
}

/// An import that another guest meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Who imports, by its place in the graph.
    pub importer: usize,
    /// What it imports.
    pub import: String,
    /// Who exports.
    pub provider: usize,
    /// What it exports.
    pub export: String,
}

/// An import that the host meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostImport {
    /// Who imports, by its place in the graph.
    pub importer: usize,
    /// What it imports.
    pub import: String,
    /// The host's interface.
    pub interface: Interface,
    /// What it's called after the guest's name, if the guest has it for itself.
    pub own: Option<&'static str>,
}

/// What meets every import of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wiring {
    /// The guests, each after those that it imports from.
    pub order: Vec<usize>,
    /// Imports that guests meet.
    pub edges: Vec<Edge>,
    /// Imports that the host meets.
    pub host: Vec<HostImport>,
}

/// Finds what meets every import of the guests, the first of which is the main one. `choices` say
/// who meets what, and `interposed` who stands between others.
///
/// # Errors
/// `Class::Import`, with every import that nobody meets, that several could, or whose types differ,
/// every cycle, every guest that nobody uses and every choice that fits nothing.
pub fn link(surfaces: &[Surface], choices: &[Choice], interposed: &[Interposed]) -> Result<Wiring> {
    let mut problems = problem::of_choices(surfaces, choices);
    let between =
        interposed.iter().flat_map(|edge| edge.through.iter().map(String::as_str)).collect();
    let mut rules = Rules { interposed: Vec::new(), choices, between };
    match interpose::choices(surfaces, &rules, interposed) {
        Ok(made) => rules.interposed = made,
        Err(more) => problems.extend(more),
    }
    let mut wiring = Wiring::default();
    for (importer, surface) in surfaces.iter().enumerate() {
        for item in &surface.imports {
            match rules.meet(surfaces, importer, item) {
                Ok(Some((provider, export))) => {
                    problems.extend(problem::of_types(
                        surfaces,
                        (importer, item),
                        (provider, export),
                    ));
                    problems.extend(problem::of_waits(surface, item));
                    let (import, export) = (item.name.clone(), export.name.clone());
                    wiring.edges.push(Edge { importer, import, provider, export });
                }
                Ok(None) => match host(importer, surface.isolated, item) {
                    Ok(met) => wiring.host.push(met),
                    Err(Sharing::MainOnly) => problems.push(Problem::main_only(surface, item)),
                    Err(_) => problems.push(problem::unmet(surfaces, importer, item)),
                },
                Err(problem) => problems.push(problem),
            }
        }
    }
    problems.extend(isolation::problems(surfaces, &wiring.edges));
    match order(surfaces.len(), &wiring.edges) {
        Ok(order) => wiring.order = order,
        Err(cycle) => problems.push(Problem::cycle(surfaces, &cycle)),
    }
    // A guest is unused because of another problem, where there is one.
    let used =
        if problems.is_empty() { reachable(&wiring.edges) } else { (0..surfaces.len()).collect() };
    for (index, surface) in
        surfaces.iter().enumerate().skip(1).filter(|(index, _)| !used.contains(index))
    {
        problems.push(problem::unused(surfaces, index, surface));
    }
    if problems.is_empty() { Ok(wiring) } else { Err(problem::error(problems)) }
}

/// What decides who meets an import, where several could.
pub(super) struct Rules<'a> {
    /// Choices that put guests between others; they come before the user's own.
    pub interposed: Vec<Choice>,
    /// The user's choices.
    pub choices: &'a [Choice],
    /// Guests that stand between others: nobody gets to them but by a choice.
    pub between: BTreeSet<&'a str>,
}

impl Rules<'_> {
    /// The guest's export that meets an import; `None` when no guest has one.
    pub(super) fn meet<'a>(
        &self,
        surfaces: &'a [Surface],
        importer: usize,
        item: &Item,
    ) -> Result<Option<(usize, &'a Item)>, Problem> {
        let is_about = |choice: &&Choice| choice.is_for(&surfaces[importer], item);
        let mut wanted: Vec<&Choice> = self.interposed.iter().filter(is_about).collect();
        if wanted.is_empty() {
            wanted.extend(self.choices.iter().filter(is_about));
        }
        let others = || surfaces.iter().enumerate().filter(|(index, _)| *index != importer);
        let offered = |surface: &'a Surface| best(item, &surface.exports);
        if let [choice, rest @ ..] = wanted.as_slice() {
            if rest.iter().any(|other| other.provider != choice.provider) {
                let names = wanted.iter().map(|choice| choice.provider.as_str());
                return Err(Problem::ambiguous(&surfaces[importer], item, names, "links name"));
            }
            if choice.provider == Choice::HOST {
                return Ok(None);
            }
            let Some((index, surface)) =
                others().find(|(_, surface)| surface.guest == choice.provider)
            else {
                // A choice of nobody, or of itself, is told with the choices.
                return Ok(None);
            };
            return match offered(surface) {
                Some(export) => Ok(Some((index, export))),
                None => Err(problem::not_exported(&surfaces[importer], item, surface)),
            };
        }
        let others = others().filter(|(_, other)| !self.between.contains(other.guest.as_str()));
        let found: Vec<(usize, &Item)> =
            others.filter_map(|(index, other)| Some((index, offered(other)?))).collect();
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            several => {
                let names = several.iter().map(|(index, _)| surfaces[*index].guest.as_str());
                Err(Problem::ambiguous(&surfaces[importer], item, names, "exports come from"))
            }
        }
    }
}

impl Choice {
    /// What stands for the host among providers; no guest can have that name.
    pub const HOST: &str = "";

    /// Whether this is about that import.
    pub(super) fn is_for(&self, surface: &Surface, item: &Item) -> bool {
        let guest = match &self.guest {
            Some(guest) => *guest == surface.guest,
            None => self.provider != surface.guest,
        };
        guest && (self.import == item.name || self.import == split(&item.name).0)
    }
}

/// The export that meets an import best: the very same, or the latest compatible version.
pub(super) fn best<'a>(import: &Item, exports: &'a [Item]) -> Option<&'a Item> {
    let fitting = exports
        .iter()
        .filter(|export| export.plain == import.plain && fits(&import.name, &export.name));
    fitting.max_by_key(|export| (export.name == import.name, version(&export.name)))
}

/// What of the host meets an import; else how nobody can have it.
fn host(importer: usize, isolated: bool, item: &Item) -> Result<HostImport, Sharing> {
    let interface =
        Interface::meeting(&item.name).filter(|_| !item.plain).ok_or(Sharing::Shared)?;
    let own = match interface.sharing() {
        // In its own store it has the interface to itself.
        _ if isolated => None,
        Sharing::Own(label) if importer > 0 => Some(label),
        Sharing::MainOnly if importer > 0 => return Err(Sharing::MainOnly),
        _ => None,
    };

    Ok(HostImport { importer, import: item.name.clone(), interface, own })
}

/// The guests, each after those it imports from, else in their own order; or the guests of a cycle.
fn order(guests: usize, edges: &[Edge]) -> Result<Vec<usize>, Vec<usize>> {
    let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); guests];
    let mut users: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); guests];
    for edge in edges {
        needs[edge.importer].insert(edge.provider);
        users[edge.provider].insert(edge.importer);
    }
    let mut left: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<usize> = (0..guests).filter(|guest| left[*guest] == 0).collect();
    let mut order = Vec::new();
    while let Some(guest) = ready.pop_first() {
        order.push(guest);
        for user in &users[guest] {
            left[*user] -= 1;
            if left[*user] == 0 {
                ready.insert(*user);
            }
        }
    }
    if order.len() == guests {
        return Ok(order);
    }
    // Each of the rest needs another of the rest, so walking on comes back to where one was.
    let stuck = |guest: usize| needs[guest].iter().copied().find(|need| left[*need] > 0);
    let mut path: Vec<usize> = (0..guests).find(|guest| left[*guest] > 0).into_iter().collect();
    while let Some(next) = path.last().copied().and_then(stuck) {
        if let Some(start) = path.iter().position(|guest| *guest == next) {
            path.push(next);
            return Err(path.split_off(start));
        }
        path.push(next);
    }
    Err(path)
}

/// The guests that the main one needs, itself among them.
fn reachable(edges: &[Edge]) -> BTreeSet<usize> {
    let mut needs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for edge in edges {
        needs.entry(edge.importer).or_default().push(edge.provider);
    }
    let (mut found, mut todo) = (BTreeSet::from([0]), vec![0]);
    while let Some(guest) = todo.pop() {
        for next in needs.get(&guest).into_iter().flatten() {
            if found.insert(*next) {
                todo.push(*next);
            }
        }
    }
    found
}
