//! A ceiling for a manifest that somebody else wrote: the most that its guests may want. What goes
//! over it is told, all of it at once; nothing is cut down silently.
//!
//! It's written as a manifest's guest is. Keys at its top are for every guest; those in
//! `[guest.NAME]` are for that guest, too. Paths start at its folder. Only existing paths are
//! compared, by where they really lead.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use crate::app::manifest::Manifest;
use crate::app::mount::MountSpec;
use crate::app::route::{RouteSpec, RouteTarget};
use crate::app::spec::GuestSpec;
use crate::app::table::Standard;
use crate::app::text;
use crate::app::trigger::{EventSpec, LineSource, Trigger};
use crate::error::{Class, Error, Result};
use crate::policy::{Directory, NetRule};
use crate::stream::stdio::{Input, Output};
use crate::units;

/// The most that guests may want. The default is nothing but what every guest has: programs from
/// the manifest's own folder, and standard streams for the main one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    all: Most,
    guests: BTreeMap<String, Most>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Most {
    directories: Vec<Directory>,
    /// Names of variables; `*` is any.
    env: Vec<String>,
    net: Vec<NetRule>,
    /// Folders from which programs and WIT may come, besides the manifest's own.
    programs: Vec<PathBuf>,
    /// Standard input, output and errors.
    standard: [bool; 3],
    limits: [Option<u64>; LIMITS.len()],
}

/// The limits, by their names in both files; a time is compared in nanoseconds.
const LIMITS: [&str; 6] =
    ["memory", "table-elements", "host-memory", "call-timeout", "call-fuel", "handles"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    dirs: Vec<String>,
    #[serde(default)]
    env: Vec<String>,
    #[serde(default)]
    net: Vec<String>,
    #[serde(default)]
    programs: Vec<PathBuf>,
    stdin: Option<Standard>,
    stdout: Option<Standard>,
    stderr: Option<Standard>,
    #[serde(default)]
    limits: RawLimits,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLimits {
    memory: Option<String>,
    table_elements: Option<u64>,
    host_memory: Option<String>,
    call_timeout: Option<String>,
    call_fuel: Option<u64>,
    handles: Option<u64>,
}

impl Ceiling {
    /// Reads a ceiling's file.
    ///
    /// # Errors
    /// `Class::NotFound` when it can't be read, else as [`parse`](Ceiling::parse).
    pub fn open(path: &Path) -> Result<Ceiling> {
        let file = text::read(path)?;
        Ceiling::parse(&file.name, &file.text, file.folder)
    }

    /// Reads a ceiling's text. `name` is for messages; relative paths start at `folder`.
    ///
    /// # Errors
    /// `Class::Usage`, with what can't be read.
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Ceiling> {
        let bad = |why: &dyn Display| {
            Error::new(Class::Usage, format!("`{name}` can't be used as a ceiling"))
                .cause(why.to_string().trim_end())
                .hint("it has `dirs`, `env` (names), `net`, `programs`, `limits`, `stdin`, `stdout`, `stderr`, and `[guest.NAME]` with the same")
        };
        let mut table: Table = text.parse().map_err(|error: toml::de::Error| bad(&error))?;
        let guests = match table.remove("guest") {
            None => Table::new(),
            Some(Value::Table(guests)) => guests,
            Some(_) => return Err(bad(&"`guest` holds tables, as in `[guest.mesh]`")),
        };
        let all = most(Value::Table(table), folder).map_err(|why| bad(&why))?;
        let mut named = BTreeMap::new();
        for (guest, value) in guests {
            let own = most(value, folder).map_err(|why| bad(&format!("`guest.{guest}`: {why}")))?;
            named.insert(guest, own);
        }
        Ok(Ceiling { all, guests: named })
    }

    /// What the guests and routes of a manifest want beyond this, a line each. `folder` is the manifest's.
    pub fn exceeded(&self, manifest: &Manifest, folder: &Path) -> Vec<String> {
        let mut wants = Vec::new();
        for (name, guest) in &manifest.guests {
            let own = self.guests.get(name);
            let most = [Some(&self.all), own].into_iter().flatten().collect::<Vec<_>>();
            let mut want = |what: String| wants.push(format!("guest `{name}` wants {what}"));
            directories(&guest.grants.directories, &most, &mut want);
            let mounted: Vec<_> = guest.mounts.iter().flat_map(MountSpec::directories).collect();
            directories(&mounted, &most, &mut want);
            names(guest, &most, &mut want);
            programs(guest, (&most, folder), &mut want);
            streams(guest, (&most, *name == manifest.main), &mut want);
            limits(guest, &most, &mut want);
        }
        for RouteSpec { name, target, .. } in &manifest.routes {
            let mut want = |what: String| wants.push(format!("route `{name}` wants {what}"));
            if let RouteTarget::Files { folder, .. } = target {
                let read = Directory { host: folder.clone(), guest: "/".into(), read_only: true };
                directories(&[read], &[&self.all], &mut want);
            }
        }
        for EventSpec { name, trigger, .. } in &manifest.events {
            let (place, read_only) = match trigger {
                Trigger::Watch(place) | Trigger::Lines(LineSource::File(place)) => (place, true),
                // It's made there.
                Trigger::Lines(LineSource::Unix(socket)) => {
                    (&socket.parent().unwrap_or(socket).to_owned(), false)
                }
                _ => continue,
            };
            let wanted = Directory { host: place.clone(), guest: "/".into(), read_only };
            let mut want = |what: String| wants.push(format!("event `{name}` wants {what}"));
            directories(&[wanted], &[&self.all], &mut want);
        }
        wants
    }
}

fn most(value: Value, folder: &Path) -> Result<Most, String> {
    let raw = Raw::deserialize(value).map_err(|error| error.to_string())?;
    let mut most = Most { env: raw.env, ..Most::default() };
    for text in &raw.dirs {
        let own: Directory = text.parse().map_err(|error: Error| error.to_string())?;
        most.directories.push(Directory { host: folder.join(&own.host), ..own });
    }
    for text in &raw.net {
        match text.as_str() {
            "all" => most.net.extend(NetRule::all()),
            rule => most.net.push(rule.parse().map_err(|error: Error| error.to_string())?),
        }
    }
    most.programs = raw.programs.iter().map(|path| folder.join(path)).collect();
    most.standard =
        [raw.stdin, raw.stdout, raw.stderr].map(|stream| stream == Some(Standard::Inherit));
    let RawLimits { memory, table_elements, host_memory, call_timeout, call_fuel, handles } =
        raw.limits;
    let size = |text: String| units::size(&text).map_err(|error| error.to_string());
    let time =
        |text: String| units::duration(&text).map(nanoseconds).map_err(|error| error.to_string());
    let (memory, host) = (memory.map(size).transpose()?, host_memory.map(size).transpose()?);
    let time = call_timeout.map(time).transpose()?;
    most.limits = [memory, table_elements, host, time, call_fuel, handles];
    Ok(most)
}

fn nanoseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Directories: below one that may be used, and read-only if that one is.
fn directories(all: &[Directory], most: &[&Most], want: &mut impl FnMut(String)) {
    for wanted in all {
        let shown = wanted.host.display();
        let Ok(real) = wanted.host.canonicalize() else {
            want(format!("the directory `{shown}`, which isn't there"));
            continue;
        };
        let above = |allowed: &&Directory| {
            allowed.host.canonicalize().is_ok_and(|allowed| real.starts_with(allowed))
        };
        let over = || most.iter().flat_map(|most| &most.directories).filter(above);
        if over().any(|allowed| wanted.read_only || !allowed.read_only) {
            continue;
        }
        match (over().next().is_some(), wanted.read_only) {
            (true, _) => want(format!("to change the directory `{shown}`, which it may read only")),
            (false, true) => want(format!("to read the directory `{shown}`")),
            (false, false) => want(format!("to read and change the directory `{shown}`")),
        }
    }
}

/// Peers and variables.
fn names(guest: &GuestSpec, most: &[&Most], want: &mut impl FnMut(String)) {
    for wanted in &guest.grants.net {
        if !most.iter().flat_map(|most| &most.net).any(|allowed| allowed.covers(wanted)) {
            want(format!("the network `{wanted}`"));
        }
    }
    for (name, _) in &guest.grants.env {
        if !most.iter().flat_map(|most| &most.env).any(|own| own == name || own == "*") {
            want(format!("to set the variable `{name}`"));
        }
    }
}

/// Files that the host reads for it.
fn programs(guest: &GuestSpec, (most, folder): (&[&Most], &Path), want: &mut impl FnMut(String)) {
    let mounted = guest.mounts.iter().flat_map(|mount| mount.source.files());
    let files = std::iter::once(&*guest.source).chain(guest.wit.as_deref()).chain(mounted);
    let own = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for file in files {
        // What isn't there is told when it's opened.
        let Ok(real) = file.canonicalize() else { continue };
        let folders = most.iter().flat_map(|most| &most.programs).map(PathBuf::as_path);
        let mut folders = std::iter::once(own).chain(folders);
        if !folders.any(|folder| folder.canonicalize().is_ok_and(|own| real.starts_with(own))) {
            want(format!("the file `{}` as a program", file.display()));
        }
    }
}

fn streams(guest: &GuestSpec, (most, is_main): (&[&Most], bool), want: &mut impl FnMut(String)) {
    let wanted = [
        matches!(guest.stdin, Some(Input::Inherit)),
        matches!(guest.stdout, Some(Output::Inherit)),
        matches!(guest.stderr, Some(Output::Inherit)),
    ];
    for (index, name) in ["input", "output", "error"].iter().enumerate() {
        if wanted[index] && !is_main && !most.iter().any(|most| most.standard[index]) {
            want(format!("standard {name}"));
        }
    }
}

/// Limits: where there is a ceiling, a guest has one as low.
fn limits(guest: &GuestSpec, most: &[&Most], want: &mut impl FnMut(String)) {
    let own = &guest.allowance;
    let handles = own.handles.and_then(|handles| u64::try_from(handles).ok());
    let time = own.call_timeout.map(nanoseconds);
    let own = [own.memory, own.table_elements, own.host_memory, time, own.call_fuel, handles];
    for (index, name) in LIMITS.iter().enumerate() {
        // The guest's own ceiling takes the place of everyone's.
        let Some(ceiling) = most.iter().rev().find_map(|most| most.limits[index]) else { continue };
        let unit = if *name == "call-timeout" { " ns" } else { "" };
        match own[index] {
            None => want(format!("no `limits.{name}`, where {ceiling}{unit} is the most")),
            Some(own) if own > ceiling => {
                want(format!("`limits.{name}` of {own}{unit}, where {ceiling}{unit} is the most"));
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
