//! Several guests that call each other, as one program.
//!
//! A [`Graph`] names guests and links. [`link`] finds which import is met by whose export (pure),
//! [`compose`] makes one component of them, and from there on it's a program like any other:
//! compiled once, run in one store. Calls between guests are calls of functions. Authority stays
//! with each guest: what hands it out is imported under the guest's own name (see
//! [`GuestImport`](crate::interfaces::GuestImport)).

mod command;
mod compose;
mod confine;
mod explain;
mod drawing;
mod guest;
mod interpose;
mod isolation;
mod link;
mod part;
mod problem;
mod rules;
mod shape;
#[cfg(test)]
mod tests;
mod waits;
mod wiring;

pub use compose::compose;
pub use explain::Explanation;
pub(crate) use guest::check_name;
pub use guest::{Guest, guest_name};
pub use interpose::Interposed;
pub use isolation::{Crossing, crossings, crossings_of};
pub use link::link;
pub use part::parts;
pub use shape::{items, surface};
pub use wiring::{Edge, HostImport, Item, LinkOverride, Surface, Wiring};

use crate::config::{Adapter, Legacy};
use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::load::{self, Program};
use crate::policy::Allowance;

/// Guests and the links between them. The first guest is the main one: its exports are the graph's.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    guests: Vec<Guest>,
    choices: Vec<LinkOverride>,
    interposed: Vec<Interposed>,
}

/// A graph whose every import is met.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The guests' names and what they import and export.
    pub surfaces: Vec<Surface>,
    /// What meets what.
    pub wiring: Wiring,
    /// The guests as components, in the same order.
    pub components: Vec<Vec<u8>>,
    /// What each may use up, in the same order.
    pub allowances: Vec<Allowance>,
    /// Legacy guests that import socket functions which no dialect has.
    pub unknown_sockets: Vec<(String, Vec<String>)>,
}

impl Linked {
    /// The same graph, whose guests all have what the main one has: it imports standard names only.
    pub fn portable(mut self) -> Linked {
        self.wiring.host.iter_mut().for_each(|met| met.own = None);
        self
    }

    /// The isolated guests, each after those that it imports from.
    pub fn isolated(&self) -> impl Iterator<Item = usize> {
        self.wiring.order.iter().copied().filter(|guest| self.surfaces[*guest].isolated)
    }
}

impl Graph {
    /// A graph without guests.
    pub fn new() -> Graph {
        Graph::default()
    }

    /// Adds a guest. The first is the main one.
    pub fn guest(mut self, name: &str, program: Program) -> Graph {
        self.guests.push(Guest { name: name.to_owned(), program, allowance: Allowance::default() });
        self
    }

    /// Limits the guest of that name, if it's there, and says whether it lives in a store of its
    /// own.
    pub fn confine(mut self, name: &str, allowance: Allowance) -> Graph {
        self.limit(name, &allowance);
        self
    }

    /// [`confine`](Graph::confine), in place.
    pub fn limit(&mut self, name: &str, allowance: &Allowance) {
        for guest in self.guests.iter_mut().filter(|guest| guest.name == name) {
            guest.allowance = allowance.clone();
        }
    }

    /// Has an import met by a guest that is named, where names alone don't say so. `import` is
    /// `[GUEST:]NAME[@VERSION]`.
    pub fn choose(mut self, choice: LinkOverride) -> Graph {
        self.choices.push(choice);
        self
    }

    /// Has calls from one guest to another pass through others.
    pub fn interpose(mut self, edge: Interposed) -> Graph {
        self.interposed.push(edge);
        self
    }

    /// The guests, the main one first.
    pub fn guests(&self) -> &[Guest] {
        &self.guests
    }

    /// How the user calls the whole: by the main guest's program.
    pub fn name(&self) -> &str {
        self.guests.first().map_or("", |guest| &guest.program.name)
    }

    /// Whether any guest uses async functions, streams or futures.
    pub fn is_async(&self) -> bool {
        self.guests.iter().any(|guest| guest.program.is_async())
    }

    /// Whether any guest may have a store of its own. A command among the others is one only if
    /// it's used as a filter.
    pub fn may_divide(&self) -> bool {
        let isolated = self.guests.iter().any(|guest| guest.allowance.is_isolated());
        isolated || self.guests.iter().skip(1).any(|guest| guest.program.is_command())
    }

    /// Bytes of memory that adapters have below the guests' own, in the store that guests share.
    pub fn headroom(&self, adapter: Adapter) -> u64 {
        let shared = self.guests.iter().filter(|guest| !guest.allowance.is_isolated());
        shared.map(|guest| load::headroom(guest.program.form, adapter)).sum()
    }

    /// Everything that decides what is composed, in a form that can be hashed: names, programs,
    /// limits and choices.
    pub fn identity(&self) -> Vec<u8> {
        let mut hasher = blake3::Hasher::new();
        let mut field = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        field(b"graph 4");
        for guest in &self.guests {
            field(guest.name.as_bytes());
            field(&guest.program.bytes);
            let Allowance { memory, table_elements, .. } = guest.allowance;
            field(
                format!("{memory:?} {table_elements:?} {}", guest.allowance.is_isolated())
                    .as_bytes(),
            );
        }
        for LinkOverride { guest, import, provider } in &self.choices {
            field(b"choice");
            field(guest.as_deref().unwrap_or_default().as_bytes());
            field(import.as_bytes());
            field(provider.as_bytes());
        }
        for Interposed { from, to, through } in &self.interposed {
            field(b"edge");
            [from, to].into_iter().chain(through).for_each(|name| field(name.as_bytes()));
        }
        hasher.finalize().as_bytes().to_vec()
    }

    /// Whether the guests have names, each its own, and limits that can be held. It needs no look
    /// into their programs.
    ///
    /// # Errors
    /// `Class::Usage`, naming the guest.
    pub fn check(&self) -> Result<()> {
        for (index, guest) in self.guests.iter().enumerate() {
            guest::check_name(&guest.name)?;
            if self.guests[..index].iter().any(|other| other.name == guest.name) {
                return Err(Error::new(
                    Class::Usage,
                    format!("two guests are called `{}`", guest.name),
                ));
            }
            if let (Some(budget), false) =
                (guest.allowance.watched(), guest.allowance.is_isolated())
            {
                return Err(Error::new(
                    Class::Usage,
                    format!("`{}` has `{budget}`, but isn't isolated", guest.name),
                )
                .cause("somebody must watch its calls for that, which takes a store of its own")
                .hint("leave out `isolate = false`"));
            }
        }

        match self.guests.first().filter(|main| main.allowance.host_memory.is_some()) {
            None => Ok(()),
            Some(main) => Err(Error::new(
                Class::Usage,
                format!("`{}` has `host-memory`, and is the main guest", main.name),
            )
            .cause("what the host holds for the main guest is the whole run's budget")
            .hint(Hint::with("give the run {}", [Setting::HostMemory]))),
        }
    }

    /// Makes components of the guests and finds who meets each import.
    ///
    /// # Errors
    /// `Class::Program` when a guest isn't one that can run, `Class::Usage` when a name is used
    /// twice, `Class::Import` with everything that doesn't fit.
    pub fn link(&self, adapter: Adapter, options: &Legacy) -> Result<Linked> {
        self.check()?;
        let (mut surfaces, mut components, mut unknown_sockets) =
            (Vec::new(), Vec::new(), Vec::new());
        for (index, guest) in self.guests.iter().enumerate() {
            // Open sockets are the main guest's alone.
            let preopened_sockets = options.preopened_sockets && index == 0;
            let unix_sockets = options.unix_sockets && index == 0;
            let adapted = guest.component(
                adapter,
                &Legacy { preopened_sockets, unix_sockets, ..options.clone() },
            )?;
            let isolated = guest.allowance.is_isolated();
            if !adapted.unknown_sockets.is_empty() {
                unknown_sockets.push((guest.program.name.clone(), adapted.unknown_sockets));
            }
            surfaces.push(Surface {
                isolated,
                ..surface(&guest.name, &guest.program.name, &adapted.component)?
            });
            components.push(adapted.component);
        }
        command::offer(&mut surfaces);
        for (index, guest) in
            self.guests.iter().enumerate().filter(|(index, _)| !surfaces[*index].isolated)
        {
            // A trap names the guest where there are several.
            if self.guests.len() > 1 || guest.allowance != Allowance::default() {
                let headroom = load::headroom(guest.program.form, adapter);
                let component = std::mem::take(&mut components[index]);
                components[index] =
                    confine::confine(&guest.name, component, &guest.allowance, headroom)?;
            }
        }
        let wiring = link(&surfaces, &self.choices, &self.interposed)?;
        let allowances = self.guests.iter().map(|guest| guest.allowance.clone()).collect();
        Ok(Linked { surfaces, wiring, components, allowances, unknown_sockets })
    }
}
