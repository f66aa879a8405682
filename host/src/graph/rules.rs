//! Which guest's export meets an import, where several could. Pure.

use std::collections::BTreeSet;

use crate::graph::problem::{self, Problem};
use crate::graph::wiring::{Item, LinkOverride, Surface};
use crate::names::{fits, version};

/// What decides who meets an import, where several could.
pub(super) struct Rules<'a> {
    /// Choices that put guests between others; they come before the user's own.
    pub interposed: Vec<LinkOverride>,
    /// The user's choices.
    pub choices: &'a [LinkOverride],
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
        let is_about = |choice: &&LinkOverride| choice.is_for(&surfaces[importer], item);
        let mut wanted: Vec<&LinkOverride> = self.interposed.iter().filter(is_about).collect();
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
            if choice.provider == LinkOverride::HOST {
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

/// The export that meets an import best: the very same, or the latest compatible version.
pub(super) fn best<'a>(import: &Item, exports: &'a [Item]) -> Option<&'a Item> {
    let fitting = exports
        .iter()
        .filter(|export| export.plain == import.plain && fits(&import.name, &export.name));
    fitting.max_by_key(|export| (export.name == import.name, version(&export.name)))
}
