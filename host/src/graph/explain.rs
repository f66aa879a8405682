//! A linked graph for people: who is linked to whom, and who may touch what. As text, JSON and a
//! Mermaid drawing.

use std::fmt::Write;

use serde::Serialize;

use crate::graph::Linked;
use crate::graph::wiring::{Edge, Surface};
use crate::interfaces::{Interface, Sharing};
use crate::policy::{Allowance, Grants};

/// What a graph is.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The guests, the main one first.
    pub guests: Vec<Guest>,
    /// Which imports are met by other guests.
    pub links: Vec<Link>,
}

/// A guest of it.
#[derive(Clone, Debug, Serialize)]
pub struct Guest {
    /// Its name.
    pub name: String,
    /// Its program.
    pub program: String,
    /// Whether it's the main one.
    pub main: bool,
    /// What it exports.
    pub exports: Vec<String>,
    /// What it imports of the host that gives no authority, and is shared.
    pub shared: Vec<String>,
    /// What it imports of the host that hands out authority: its own, answered by its grants.
    pub authority: Vec<String>,
    /// What it is granted, as flags.
    pub grants: Vec<String>,
    /// Whether it has a store of its own.
    pub isolated: bool,
    /// What it may use up, where that isn't what the whole may.
    pub limits: Vec<String>,
}

/// An import that another guest meets.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Who imports.
    pub from: String,
    /// Who exports.
    pub to: String,
    /// What is imported.
    pub import: String,
    /// What it is met by.
    pub export: String,
    /// What is worth knowing about its calls.
    pub notes: Vec<String>,
}

impl Explanation {
    /// Explains a graph, whose guests have `grants`, in the order of the guests.
    pub fn new(linked: &Linked, grants: &[Grants]) -> Explanation {
        let guest = |(index, surface): (usize, &Surface)| {
            let met = || linked.wiring.host.iter().filter(move |met| met.importer == index);
            let shared = |interface: Interface| interface.sharing() == Sharing::Shared;
            Guest {
                name: surface.guest.clone(),
                program: surface.program.clone(),
                main: index == 0,
                exports: surface.exports.iter().map(|export| export.name.clone()).collect(),
                shared: met()
                    .filter(|met| shared(met.interface))
                    .map(|met| met.import.clone())
                    .collect(),
                authority: met()
                    .filter(|met| !shared(met.interface))
                    .map(|met| met.import.clone())
                    .collect(),
                grants: grants.get(index).map(flags).unwrap_or_default(),
                isolated: surface.isolated,
                limits: limits(&linked.allowances[index]),
            }
        };
        let links = linked.wiring.edges.iter().map(|edge| {
            let surface = &linked.surfaces[edge.importer];
            Link {
                from: surface.guest.clone(),
                to: linked.surfaces[edge.provider].guest.clone(),
                import: edge.import.clone(),
                export: edge.export.clone(),
                notes: notes(linked, edge),
            }
        });
        Explanation {
            guests: linked.surfaces.iter().enumerate().map(guest).collect(),
            links: links.collect(),
        }
    }

    /// As text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).expect("writing to a string doesn't fail");
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        for guest in &self.guests {
            let main = if guest.main { " (main)" } else { "" };
            writeln!(out, "{}{main}: {}", guest.name, guest.program)?;
            for link in self.links.iter().filter(|link| link.from == guest.name) {
                let version = if link.import == link.export {
                    String::new()
                } else {
                    format!(" as {}", link.export)
                };
                writeln!(out, "  {} is met by {}{version}", link.import, link.to)?;
                link.notes.iter().try_for_each(|note| writeln!(out, "    {note}"))?;
            }
            if !guest.authority.is_empty() {
                writeln!(
                    out,
                    "  asks the host, under grants of its own, for {}",
                    guest.authority.join(", ")
                )?;
            }
            match guest.grants.as_slice() {
                [] => writeln!(out, "  is granted nothing")?,
                grants => writeln!(out, "  is granted {}", grants.join(" "))?,
            }
            if guest.isolated {
                writeln!(out, "  has a store of its own")?;
            }
            if !guest.limits.is_empty() {
                writeln!(out, "  may use up {}", guest.limits.join(", "))?;
            }
            if !guest.shared.is_empty() {
                writeln!(out, "  shares {}", guest.shared.join(", "))?;
            }
        }
        Ok(())
    }

    /// As JSON, indented, with a final newline.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings always serialise");
        text.push('\n');
        text
    }

    /// As a Mermaid flow chart: guests, links, and what each is granted.
    pub fn mermaid(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        let number = |name: &str| {
            self.guests.iter().position(|guest| guest.name == name).unwrap_or_default()
        };
        let quoted = |text: &str| {
            text.replace('&', "&amp;")
                .replace('"', "&quot;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        };
        for (index, guest) in self.guests.iter().enumerate() {
            let (open, close) = match (guest.main, guest.isolated) {
                (true, _) => ("([", "])"),
                (false, true) => ("[[", "]]"),
                (false, false) => ("[", "]"),
            };
            let _ = writeln!(out, "  g{index}{open}\"{}\"{close}", quoted(&guest.name));
            if !guest.grants.is_empty() {
                let grants: Vec<String> = guest.grants.iter().map(|grant| quoted(grant)).collect();
                let _ = writeln!(out, "  g{index} -.-> h{index}[(\"{}\")]", grants.join("<br>"));
            }
        }
        for link in &self.links {
            let _ = writeln!(
                out,
                "  g{} -- \"{}\" --> g{}",
                number(&link.from),
                quoted(&link.import),
                number(&link.to)
            );
        }
        out
    }
}

/// Grants as flags.
fn flags(grants: &Grants) -> Vec<String> {
    let directories = grants.directories.iter().map(|directory| format!("--dir={directory}"));
    // A variable's value may be a secret.
    let env = grants.env.iter().map(|(key, _)| format!("--env={key}"));
    let net = grants.net.iter().map(|rule| format!("--net={rule}"));
    directories.chain(env).chain(net).collect()
}

/// Limits, as in a manifest.
fn limits(allowance: &Allowance) -> Vec<String> {
    let Allowance { memory, table_elements, call_timeout, call_fuel, handles, .. } = allowance;
    let set = [
        memory.map(|bytes| format!("{bytes} bytes of memory")),
        table_elements.map(|count| format!("{count} table elements")),
        call_timeout.map(|limit| format!("{limit:?} a call")),
        call_fuel.map(|units| format!("{units} of fuel a call")),
        handles.map(|count| format!("{count} handles")),
        allowance.restarts.map(|count| format!("{count} restarts")),
        allowance.instances.map(|count| format!("{count} instances")),
    ];
    set.into_iter().flatten().collect()
}

fn notes(linked: &Linked, edge: &Edge) -> Vec<String> {
    let imports = &linked.surfaces[edge.importer].imports;
    let Some(item) = imports.iter().find(|item| item.name == edge.import) else {
        return Vec::new();
    };
    let bytes: Vec<&str> = item
        .functions
        .iter()
        .filter(|(_, ty)| ty.contains("list<u8>"))
        .map(|(name, _)| name.as_str())
        .collect();
    let crosses = linked.surfaces[edge.provider].isolated;
    let crossing = match (crosses, linked.surfaces[edge.provider].command) {
        (_, true) => Some(
            "it is run for each call, in a store of its own, which costs tens of microseconds"
                .to_owned(),
        ),
        (true, false) => Some("a call goes to another store, and costs microseconds".to_owned()),
        (false, false) => None,
    };
    let copied = (!bytes.is_empty()).then(|| match crosses {
        true => format!("{}: `list<u8>` is copied value by value, at tens of MB/s", bytes.join(", ")),
        false => format!(
            "{}: `list<u8>` is copied byte by byte, at a few GB/s; `stream<u8>` and strings are faster",
            bytes.join(", ")
        ),
    });
    crossing.into_iter().chain(copied).collect()
}
