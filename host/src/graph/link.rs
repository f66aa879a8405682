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
use crate::graph::rules::Rules;
use crate::graph::wiring::{Edge, HostImport, Item, LinkOverride, Surface, Wiring};
use crate::interfaces::{Interface, Sharing, guests_own};

/// Finds what meets every import of the guests, the first of which is the main one. `choices` say
/// who meets what, and `interposed` who stands between others.
///
/// # Errors
/// `Class::Import`, with every import that nobody meets, that several could, or whose types differ,
/// every cycle, every guest that nobody uses and every choice that fits nothing.
pub fn link(
    surfaces: &[Surface],
    choices: &[LinkOverride],
    interposed: &[Interposed],
) -> Result<Wiring> {
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
                    Err(_) => match composed(surfaces, importer, item) {
                        Some(met) => wiring.host.push(met),
                        None => problems.push(problem::unmet(surfaces, importer, item)),
                    },
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
/// What a guest within a composition has for itself: the host meets it where the composition is all
/// that there is.
fn composed(surfaces: &[Surface], importer: usize, item: &Item) -> Option<HostImport> {
    let (_, interface) = guests_own(&item.name).filter(|_| surfaces.len() == 1 && !item.plain)?;
    Some(HostImport { importer, import: item.name.clone(), interface, own: None })
}
