//! What guests import and export, and what meets each import: the values that linking takes and
//! gives. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::interfaces::Interface;
use crate::names::split;

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
pub struct LinkOverride {
    /// Whose import; everyone's if `None`.
    pub guest: Option<String>,
    /// The import's name, with or without its version.
    pub import: String,
    /// The guest that meets it, or [`HOST`](LinkOverride::HOST).
    pub provider: String,
}

impl LinkOverride {
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
