//! Parts of a graph: a guest as the main one, with the guests that it needs.

use std::collections::BTreeSet;

use crate::config::{Adapter, Legacy};
use crate::error::{Class, Error, Result};
use crate::graph::Graph;
use crate::graph::Guest;
use crate::graph::command;
use crate::graph::interpose::{self, Interposed};
use crate::graph::rules::Rules;
use crate::graph::shape::surface;
use crate::graph::wiring::{LinkOverride, Surface};
use crate::names::split;

/// The part of a graph for each of `mains`, with that as the main guest. A guest that none of them
/// needs is in the first part, where linking tells of it.
///
/// # Errors
/// `Class::Usage` when one isn't there, and what keeps a guest from being a component.
pub fn parts(
    graph: &Graph,
    mains: &[String],
    (adapter, options): (Adapter, &Legacy),
) -> Result<Vec<Graph>> {
    let guests = graph.guests();
    let mut surfaces = Vec::with_capacity(guests.len());
    for Guest { name, program, allowance } in guests {
        let adapted = guests[surfaces.len()].component(adapter, options)?;
        let isolated = allowance.is_isolated();
        surfaces.push(Surface { isolated, ..surface(name, &program.name, &adapted.component)? });
    }

    let mut reached = Vec::with_capacity(mains.len());
    for main in mains {
        let Some(index) = guests.iter().position(|guest| guest.name == *main) else {
            return Err(Error::new(Class::Usage, format!("there is no guest `{main}`")));
        };
        reached.push(reach(graph, surfaces.clone(), index));
    }
    let used: BTreeSet<usize> = reached.iter().flatten().copied().collect();
    if let Some(first) = reached.first_mut() {
        first.extend((0..guests.len()).filter(|index| !used.contains(index)));
    }
    let part = |order: &Vec<usize>| part(graph, order, &surfaces);
    Ok(reached.iter().map(part).collect())
}

/// A guest and those that it needs, itself first.
fn reach(graph: &Graph, mut surfaces: Vec<Surface>, main: usize) -> Vec<usize> {
    // What a command stands for depends on who imports it; the main one is none for others.
    surfaces.swap(0, main);
    command::offer(&mut surfaces);
    surfaces.swap(0, main);
    let through = graph.interposed.iter().flat_map(|edge| &edge.through);
    let between = through.map(String::as_str).collect();
    let mut rules = Rules { interposed: Vec::new(), choices: &graph.choices, between };
    // What is wrong with them is told when the part is linked.
    rules.interposed = interpose::choices(&surfaces, &rules, &graph.interposed).unwrap_or_default();

    let mut order = vec![main];
    let mut next = 0;
    while let Some(importer) = order.get(next).copied() {
        for item in &surfaces[importer].imports {
            if let Ok(Some((provider, _))) = rules.meet(&surfaces, importer, item)
                && !order.contains(&provider)
            {
                order.push(provider);
            }
        }
        next += 1;
    }
    order[1..].sort_unstable();
    order
}

/// The graph of these guests, with what is said of them.
fn part(graph: &Graph, order: &[usize], surfaces: &[Surface]) -> Graph {
    let guests: Vec<Guest> = order.iter().map(|index| graph.guests[*index].clone()).collect();
    let kept = |name: &str| guests.iter().any(|guest| guest.name == name);
    let imports = |import: &str, of: Option<&str>| {
        order.iter().map(|index| &surfaces[*index]).any(|surface| {
            let path = split(import).0;
            of.is_none_or(|own| own == surface.guest)
                && surface.imports.iter().any(|item| split(&item.name).0 == path)
        })
    };
    let is_about = |choice: &&LinkOverride| {
        let provided = choice.provider == LinkOverride::HOST || kept(&choice.provider);
        provided && imports(&choice.import, choice.guest.as_deref())
    };
    let is_within = |edge: &&Interposed| {
        kept(&edge.from) && kept(&edge.to) && edge.through.iter().all(|name| kept(name))
    };
    Graph {
        choices: graph.choices.iter().filter(is_about).cloned().collect(),
        interposed: graph.interposed.iter().filter(is_within).cloned().collect(),
        guests,
    }
}
