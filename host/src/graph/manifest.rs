//! The manifest of a graph, `forebay.toml`: guests with their grants, and links where names alone
//! don't say them.
//!
//! Paths in it are relative to the folder that it lies in. Every key that isn't known is refused,
//! all of them at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use crate::error::{Class, Error, Result};
use crate::graph::guest::check_name;
use crate::graph::interpose::Interposed;
use crate::graph::wiring::LinkOverride;
use crate::names::nearest_of;
use crate::policy::{Allowance, Directory, Grants, NetRule};
use crate::units;

/// The keys of the manifest, of one guest, of its limits, and of an edge.
const KEYS: &[&str] = &["main", "guest", "link", "edge"];
const GUEST_KEYS: &[&str] = &[
    "source", "wit", "world", "args", "dirs", "env", "net", "stdin", "stdout", "stderr", "limits",
    "isolate", "restarts", "mounts",
];
const LIMIT_KEYS: &[&str] =
    &["memory", "table-elements", "host-memory", "call-timeout", "call-fuel", "handles"];
const EDGE_KEYS: &[&str] = &["through"];

/// A manifest that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The main guest's name.
    pub main: String,
    /// The guests by name.
    pub guests: BTreeMap<String, Entry>,
    /// Links where names alone don't say them.
    pub links: Vec<LinkOverride>,
    /// Guests that stand between others.
    pub edges: Vec<Interposed>,
}

/// A guest in a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its program.
    pub source: PathBuf,
    /// The WIT package that gives a legacy reactor typed exports, and which world of it.
    pub wit: Option<PathBuf>,
    /// The world's name, if there are several.
    pub world: Option<String>,
    /// Its arguments, after its name. The main guest's are followed by those of the command line.
    pub args: Vec<String>,
    /// What it may use.
    pub grants: Grants,
    /// Where its standard streams lead; input, output, errors. What isn't said is `inherit` for the
    /// main guest and `none` for others.
    pub standard: [Option<Standard>; 3],
    /// What it may use up, and whether it has a store of its own.
    pub allowance: Allowance,
    /// Programs behind files of the main guest: `PATH=component:FILE`.
    pub mounts: Vec<String>,
}

/// Where a standard stream leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standard {
    /// To forebay's own.
    Inherit,
    /// Nowhere.
    None,
}

#[derive(Deserialize)]
struct Raw {
    main: String,
    guest: BTreeMap<String, RawGuest>,
    #[serde(default)]
    link: BTreeMap<String, String>,
    #[serde(default)]
    edge: BTreeMap<String, RawEdge>,
}

#[derive(Deserialize)]
struct RawEdge {
    through: Vec<String>,
}

#[derive(Deserialize)]
struct RawGuest {
    source: PathBuf,
    wit: Option<PathBuf>,
    world: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    dirs: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    net: Vec<String>,
    stdin: Option<Standard>,
    stdout: Option<Standard>,
    stderr: Option<Standard>,
    #[serde(default)]
    limits: RawLimits,
    isolate: Option<bool>,
    restarts: Option<u32>,
    #[serde(default)]
    mounts: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawLimits {
    memory: Option<String>,
    table_elements: Option<u64>,
    host_memory: Option<String>,
    call_timeout: Option<String>,
    call_fuel: Option<u64>,
    handles: Option<usize>,
}

impl Manifest {
    /// Reads a manifest's text. `name` is for messages; relative paths start at `folder`.
    ///
    /// # Errors
    /// `Class::Usage`, with every key that isn't known and every value that can't be read.
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Manifest> {
        let bad = |error: toml::de::Error| {
            Error::new(Class::Usage, format!("`{name}` is not a manifest"))
                .cause(error.to_string().trim_end())
                .hint(advice(error.message()))
        };
        let table: Table = text.parse().map_err(bad)?;
        let mut problems = unknown_keys(&table);
        if !problems.is_empty() {
            return Err(refuse(name, problems));
        }
        let raw: Raw = toml::from_str(text).map_err(bad)?;
        let mut guests = BTreeMap::new();
        for (guest, entry) in raw.guest {
            problems.extend(check_name(&guest).err().map(|error| error.to_string()));
            guests.insert(guest.clone(), read(&guest, entry, folder, &mut problems));
        }
        if !guests.contains_key(&raw.main) {
            let near = nearest_of(&raw.main, guests.keys().map(String::as_str));
            let near = near.map(|near| format!("; is it `{near}`?")).unwrap_or_default();
            problems
                .push(format!("`main` names the guest `{}`, which isn't there{near}", raw.main));
        }
        let links = raw
            .link
            .into_iter()
            .map(|(import, provider)| choice(&import, provider, &guests))
            .collect();
        let mut edges = Vec::new();
        for (edge, RawEdge { through }) in raw.edge {
            match edge.split_once("->") {
                Some((from, to)) => {
                    let (from, to) = (from.trim().to_owned(), to.trim().to_owned());
                    edges.push(Interposed { from, to, through });
                }
                None => problems
                    .push(format!("`edge.\"{edge}\"`: an edge is written `\"GUEST->GUEST\"`")),
            }
        }
        for (name, _) in
            guests.iter().filter(|(name, guest)| **name != raw.main && !guest.mounts.is_empty())
        {
            problems.push(format!("guest `{name}`, `mounts`: only the main guest can have some"));
        }
        if problems.is_empty() {
            Ok(Manifest { main: raw.main, guests, links, edges })
        } else {
            Err(refuse(name, problems))
        }
    }
}

/// A link: `[GUEST:]IMPORT` and who meets it. An import may have a colon itself, so the part before
/// the first one is a guest only if there is one by that name and something with the form of an
/// import follows.
fn choice(text: &str, provider: String, guests: &BTreeMap<String, Entry>) -> LinkOverride {
    match text.split_once(':') {
        Some((guest, import))
            if guests.contains_key(guest) && (import.contains(':') || !import.contains('/')) =>
        {
            LinkOverride { guest: Some(guest.to_owned()), import: import.to_owned(), provider }
        }
        _ => LinkOverride { guest: None, import: text.to_owned(), provider },
    }
}

fn read(guest: &str, raw: RawGuest, folder: &Path, problems: &mut Vec<String>) -> Entry {
    let mut grants = Grants { env: raw.env.into_iter().collect(), ..Grants::default() };
    for text in &raw.dirs {
        match text.parse::<Directory>() {
            Ok(directory) => grants
                .directories
                .push(Directory { host: folder.join(&directory.host), ..directory }),
            Err(error) => problems.push(format!("guest `{guest}`, `dirs`: {error}")),
        }
    }
    for text in &raw.net {
        match text.parse::<NetRule>() {
            Ok(rule) => grants.net.push(rule),
            Err(_) if text == "all" => grants.net.extend(NetRule::all()),
            Err(error) => problems.push(format!("guest `{guest}`, `net`: {error}")),
        }
    }
    for (key, _) in grants
        .env
        .iter()
        .filter(|(key, value)| key.is_empty() || key.contains(['=', '\0']) || value.contains('\0'))
    {
        problems.push(format!("guest `{guest}`, `env`: `{key}` can't be a variable"));
    }
    if raw.world.is_some() && raw.wit.is_none() {
        problems
            .push(format!("guest `{guest}`: `world` is one of a WIT package, which `wit` names"));
    }
    let standard = [raw.stdin, raw.stdout, raw.stderr];
    let (limits, isolate, restarts) = (raw.limits, raw.isolate, raw.restarts);
    let mut unreadable = |key: &str, error: Error| {
        problems.push(format!("guest `{guest}`, `limits.{key}`: {error}"))
    };
    let mut size = |key: &str, text: Option<String>| {
        let read = text.map(|text| units::size(&text)).transpose();
        read.unwrap_or_else(|error| {
            unreadable(key, error);
            None
        })
    };
    let memory = size("memory", limits.memory);
    let host_memory = size("host-memory", limits.host_memory);
    let call_timeout = limits.call_timeout.map(|text| units::duration(&text)).transpose();
    let call_timeout = call_timeout.unwrap_or_else(|error| {
        unreadable("call-timeout", error);
        None
    });
    let RawLimits { table_elements, call_fuel, handles, .. } = limits;
    let allowance = Allowance {
        memory,
        table_elements,
        host_memory,
        call_timeout,
        call_fuel,
        handles,
        isolate,
        restarts,
    };
    let place = |(path, what): (String, String)| match what.strip_prefix("component:") {
        Some(file) => format!("{path}=component:{}", folder.join(file).display()),
        None => format!("{path}={what}"),
    };
    let mounts = raw.mounts.into_iter().map(place).collect();
    Entry {
        source: folder.join(raw.source),
        wit: raw.wit.map(|wit| folder.join(wit)),
        world: raw.world,
        args: raw.args,
        grants,
        standard,
        allowance,
        mounts,
    }
}

/// Every key that isn't known, with the nearest one that is.
fn unknown_keys(table: &Table) -> Vec<String> {
    let mut problems = Vec::new();
    let mut check = |place: &str, table: &Table, keys: &[&'static str]| {
        for key in table.keys().filter(|key| !keys.contains(&key.as_str())) {
            let why = match nearest_of(key, keys.iter().copied()) {
                Some(near) => format!("there is no such key; is it `{near}`?"),
                None => format!("there is no such key; there are `{}`", keys.join("`, `")),
            };
            problems.push(format!("`{place}{key}`: {why}"));
        }
    };
    check("", table, KEYS);
    for (guest, entry) in table.get("guest").and_then(Value::as_table).into_iter().flatten() {
        if let Some(entry) = entry.as_table() {
            check(&format!("guest.{guest}."), entry, GUEST_KEYS);
            if let Some(limits) = entry.get("limits").and_then(Value::as_table) {
                check(&format!("guest.{guest}.limits."), limits, LIMIT_KEYS);
            }
        }
    }
    for (edge, entry) in table.get("edge").and_then(Value::as_table).into_iter().flatten() {
        if let Some(entry) = entry.as_table() {
            check(&format!("edge.\"{edge}\"."), entry, EDGE_KEYS);
        }
    }
    problems
}

/// What to do about text that is no manifest, by what the parser says of it.
fn advice(message: &str) -> &'static str {
    if message.contains("missing field `through`") {
        "say who stands there: `through = [\"GUEST\"]`"
    } else if message.starts_with("missing field") {
        "a manifest has `main = \"NAME\"`, and a table `[guest.NAME]` with `source = \"FILE\"` for each guest"
    } else if message.contains("unknown variant") {
        "write one of those that are expected"
    } else if message.starts_with("invalid") {
        "sizes and durations are text, as in `\"64MiB\"`; lists have brackets, as in `[\"a\"]`; tables are `[guest.NAME]`"
    } else {
        "a manifest is written in TOML: `key = \"text\"`, `[table]`"
    }
}

fn refuse(name: &str, problems: Vec<String>) -> Error {
    problems.iter().fold(Error::new(Class::Usage, format!("`{name}` can't be used")), Error::cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, String> {
        Manifest::parse("forebay.toml", text, Path::new("/x")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_manifest_is_read_with_paths_from_its_folder() {
        let manifest = parse(
            r#"main = "app"
               [guest.app]
               source = "app.wasm"
               dirs = ["./data::/data::ro"]
               env = { MODE = "prod" }
               [guest.mesh]
               source = "/abs/mesh.wasm"
               net = ["tcp://*.example.com:443"]
               stderr = "inherit"
               [link]
               "app:acme:mesh/route" = "mesh"
               "app:add" = "mesh"
               "acme:mesh/route@0.1.0" = "mesh""#,
        )
        .unwrap();
        let app = &manifest.guests["app"];
        assert_eq!(app.source, Path::new("/x/app.wasm"));
        assert_eq!(app.grants.directories[0].host, Path::new("/x/./data"));
        assert_eq!(app.grants.env, [("MODE".into(), "prod".into())]);
        let mesh = &manifest.guests["mesh"];
        assert_eq!(
            (mesh.source.as_path(), mesh.standard[2]),
            (Path::new("/abs/mesh.wasm"), Some(Standard::Inherit))
        );
        assert_eq!((mesh.grants.net.len(), mesh.standard[0]), (1, None));
        let links: Vec<_> = manifest
            .links
            .iter()
            .map(|link| (link.guest.as_deref(), link.import.as_str()))
            .collect();
        assert_eq!(
            links,
            [
                (None, "acme:mesh/route@0.1.0"),
                (Some("app"), "acme:mesh/route"),
                (Some("app"), "add")
            ]
        );
    }

    #[test]
    fn all_unknown_keys_are_found_at_once_with_the_nearest() {
        let error = parse("mian = \"a\"\n[guest.a]\nsource = \"a\"\nenvv = {}\nlimits = { memry = \"1\" }\n[edges]")
            .unwrap_err();
        for part in [
            "`mian`: there is no such key; is it `main`?",
            "`guest.a.envv`",
            "is it `env`?",
            "`guest.a.limits.memry`: there is no such key; is it `memory`?",
            "`edges`: there is no such key; is it `edge`?",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn values_that_cant_be_read_are_found_at_once() {
        let error =
            parse("main = \"b\"\n[guest.A]\nsource = \"a\"\ndirs = [\"::\"]\nnet = [\"nowhere\"]\nworld = \"w\"")
                .unwrap_err();
        for part in
            ["`A` is no name", "`dirs`", "`net`", "`wit` names", "`main` names the guest `b`"]
        {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(parse("main = 1").unwrap_err().contains("not a manifest"));
        assert!(parse("main = \"a\"\nguest = 1").is_err());
    }
}
