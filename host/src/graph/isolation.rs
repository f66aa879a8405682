//! Guests in stores of their own: which imports lead from one store into another, and what keeps
//! them from it. Pure.
//!
//! All guests that aren't isolated share the main one's store. A call into another store goes
//! through the host, which takes values across, and the few resources that are the host's own (see
//! [`Item::bound`](crate::graph::Item)).

use serde::{Deserialize, Serialize};

use crate::graph::problem::Problem;
use crate::graph::wiring::{Edge, Surface};
use crate::hint::{Hint, Setting};

/// An import that is met by a guest in another store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossing {
    /// The import's name in the component of the store.
    pub import: String,
    /// Who exports, by its place in the graph.
    pub provider: usize,
    /// What it exports.
    pub export: String,
}

/// The imports of the store that guests share which lead out of it, each under a name that no other
/// import has.
pub fn crossings(surfaces: &[Surface], edges: &[Edge]) -> Vec<(Edge, Crossing)> {
    let out = edges
        .iter()
        .filter(|edge| !surfaces[edge.importer].isolated && surfaces[edge.provider].isolated);
    let mut seen: Vec<(usize, &str)> = Vec::new();
    out.map(|edge| {
        // Importers of the same interface at the same version share one import.
        let key = (edge.provider, edge.import.as_str());
        let number = seen.iter().position(|other| *other == key).unwrap_or_else(|| {
            seen.push(key);
            seen.len() - 1
        });
        let import = format!("{}-isolated-n{number}", surfaces[edge.provider].guest);
        (edge.clone(), crossing(edge, import))
    })
    .collect()
}

/// The imports of an isolated guest that other guests meet.
pub fn crossings_of(edges: &[Edge], guest: usize) -> Vec<Crossing> {
    let own = edges.iter().filter(|edge| edge.importer == guest);
    own.map(|edge| crossing(edge, edge.import.clone())).collect()
}

fn crossing(edge: &Edge, import: String) -> Crossing {
    Crossing { import, provider: edge.provider, export: edge.export.clone() }
}

/// What keeps guests from having stores of their own.
pub(super) fn problems(surfaces: &[Surface], edges: &[Edge]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(main) = surfaces.first().filter(|main| main.isolated) {
        problems.push(Problem::hinted(
            format!("`{}` is the main guest, whose store is the graph's own", main.guest),
            Hint::with(
                "isolate those that it calls; its own budgets are {}, {} and {}",
                [Setting::Timeout, Setting::Fuel, Setting::Handles],
            ),
        ));
    }
    for edge in edges {
        let (user, maker) = (&surfaces[edge.importer], &surfaces[edge.provider]);
        if user.isolated && !maker.isolated {
            problems.push(Problem::hinted(
                format!(
                    "`{}` is isolated, and imports `{}` of `{}`, which isn't",
                    user.guest, edge.import, maker.guest
                ),
                format!("isolate `{}` too: `isolate = true`", maker.guest),
            ));
        }
        if !maker.isolated {
            continue;
        }
        let item = user.imports.iter().find(|item| item.name == edge.import);
        for (function, ty) in item.iter().flat_map(|item| &item.bound) {
            problems.push(Problem::hinted(
                format!(
                    "`{}` is isolated, and `{function}` of `{}` passes `{ty}`, which can't leave its store",
                    maker.guest, edge.import
                ),
                "pass values, streams of bytes, numbers or text, streams of WASI 0.2 or descriptors, or leave the guest in the store of the others",
            ));
        }
    }
    problems
}
