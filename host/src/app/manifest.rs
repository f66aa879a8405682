//! The manifest of an app, `forebay.toml`: guests with their grants, and links where names alone
//! don't say them.
//!
//! Paths in it are relative to the folder that it lies in. Every key that isn't known is refused,
//! all of them at once.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::app::build::{self, BuildSpec};
use crate::app::keys;
use crate::app::route::{self, RouteSpec, RouteTable};
use crate::app::spec::GuestSpec;
use crate::app::table::{Problems, Table};
use crate::app::text;
use crate::app::trigger::{self, EventSpec, EventTable};
use crate::error::{Class, Error, Result};
use crate::graph::Interposed;
use crate::graph::LinkOverride;
use crate::graph::check_name;
use crate::names::nearest_of;

/// A manifest that was read.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The main guest's name.
    pub main: String,
    /// The guests by name.
    pub guests: BTreeMap<String, GuestSpec>,
    /// Links where names alone don't say them.
    pub links: Vec<LinkOverride>,
    /// Guests that stand between others.
    pub edges: Vec<Interposed>,
    /// Who answers which requests, when it's served.
    pub routes: Vec<RouteSpec>,
    /// Who is run when something happens, when it's served.
    pub events: Vec<EventSpec>,
    /// How it's built.
    pub build: Option<BuildSpec>,
}

/// A manifest, as it's written.
#[derive(Deserialize)]
struct Raw {
    main: String,
    guest: BTreeMap<String, Table>,
    #[serde(default)]
    link: BTreeMap<String, String>,
    #[serde(default)]
    edge: BTreeMap<String, RawEdge>,
    #[serde(default)]
    route: BTreeMap<String, RouteTable>,
    #[serde(default)]
    event: BTreeMap<String, EventTable>,
    build: Option<build::Raw>,
}

#[derive(Deserialize)]
struct RawEdge {
    through: Vec<String>,
}

impl Manifest {
    /// Reads a manifest's file.
    ///
    /// # Errors
    /// `Class::NotFound` when it can't be read, else as [`parse`](Manifest::parse).
    pub fn open(path: &Path) -> Result<Manifest> {
        let file = text::read(path)?;
        Manifest::parse(&file.name, &file.text, file.folder)
    }

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
        let unknown = keys::unknown(&text.parse().map_err(bad)?);
        if !unknown.is_empty() {
            return Err(refuse(name, unknown));
        }

        let raw: Raw = toml::from_str(text).map_err(bad)?;
        let mut problems = Vec::new();
        let guests = guests(raw.guest, folder, &mut problems);
        check(&raw.main, &guests, &mut problems);
        let link = |(import, provider): (String, String)| link(&import, provider, &guests);
        let source = guests.get(&raw.main).map(|guest| guest.source.as_path());
        let build = raw.build.map(|build| build.read(folder, source));
        let links = raw.link.into_iter().map(link).collect();
        let edges = edges(raw.edge, &mut problems);
        let names = guests.keys().map(String::as_str);
        let routes = route::read(raw.route, folder, names.clone(), &mut problems);
        let events = trigger::read(raw.event, folder, names, &mut problems);

        if !problems.is_empty() {
            return Err(refuse(name, problems));
        }
        Ok(Manifest { main: raw.main, guests, links, edges, routes, events, build })
    }
}

fn guests(
    tables: BTreeMap<String, Table>,
    folder: &Path,
    problems: &mut Vec<String>,
) -> BTreeMap<String, GuestSpec> {
    let read = |(name, table): (String, Table)| {
        problems.extend(check_name(&name).err().map(|error| error.to_string()));
        let spec = table.read(folder, &mut Problems { guest: &name, lines: problems });
        (name, spec)
    };
    tables.into_iter().map(read).collect()
}

/// Finds what is wrong between guests.
fn check(main: &str, guests: &BTreeMap<String, GuestSpec>, problems: &mut Vec<String>) {
    if !guests.contains_key(main) {
        let near = nearest_of(main, guests.keys().map(String::as_str));
        let near = near.map(|near| format!("; is it `{near}`?")).unwrap_or_default();
        problems.push(format!("`main` names the guest `{main}`, which isn't there{near}"));
    }
}

/// A link: `[GUEST:]IMPORT` and who meets it. An import may have a colon itself, so the part before
/// the first one is a guest only if there is one by that name and something with the form of an
/// import follows.
fn link(text: &str, provider: String, guests: &BTreeMap<String, GuestSpec>) -> LinkOverride {
    match text.split_once(':') {
        Some((guest, import))
            if guests.contains_key(guest) && (import.contains(':') || !import.contains('/')) =>
        {
            LinkOverride { guest: Some(guest.to_owned()), import: import.to_owned(), provider }
        }
        _ => LinkOverride { guest: None, import: text.to_owned(), provider },
    }
}

fn edges(raw: BTreeMap<String, RawEdge>, problems: &mut Vec<String>) -> Vec<Interposed> {
    let mut edges = Vec::new();
    for (edge, RawEdge { through }) in raw {
        match edge.split_once("->") {
            Some((from, to)) => {
                let (from, to) = (from.trim().to_owned(), to.trim().to_owned());
                edges.push(Interposed { from, to, through });
            }
            None => {
                problems.push(format!("`edge.\"{edge}\"`: an edge is written `\"GUEST->GUEST\"`"))
            }
        }
    }
    edges
}

/// What to do about text that is no manifest, by what the parser says of it.
fn advice(message: &str) -> &'static str {
    if message.contains("missing field `through`") {
        "say who stands there: `through = [\"GUEST\"]`"
    } else if message.contains("missing field `command`") {
        "say what builds the program: `command = \"make\"`"
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
    use crate::stream::stdio::Output;

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
            (mesh.source.as_path(), mesh.grants.net.len()),
            (Path::new("/abs/mesh.wasm"), 1)
        );
        assert!(matches!(mesh.stderr, Some(Output::Inherit)) && mesh.stdin.is_none());
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
    fn a_build_has_a_command_and_writes_the_main_guest_unless_it_says_else() {
        let with = |more: &str| {
            parse(&format!("main = \"a\"\n[guest.a]\nsource = \"a.wasm\"\n[build]\n{more}"))
        };
        let build = with("command = \"make\"\ninputs = [\"src\"]\ntools = { make = \"apt\" }");
        let build = build.unwrap().build.unwrap();
        assert_eq!((build.command.as_str(), build.tools["make"].as_str()), ("make", "apt"));
        assert_eq!((build.inputs, build.output), (vec!["/x/src".into()], "/x/a.wasm".into()));
        let other = with("command = \"make\"\noutput = \"b.wasm\"").unwrap().build.unwrap();
        assert_eq!(other.output, Path::new("/x/b.wasm"));
        assert!(with("inputs = []").unwrap_err().contains("missing field `command`"));
        assert!(with("comand = \"make\"").unwrap_err().contains("is it `command`?"));
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
        let mounts = "main = \"a\"\n[guest.a]\nsource = \"a\"\nmounts = { \"/x\" = \"http://a\", \"/y\" = \"mem:?max=y\" }";
        let error = parse(mounts).unwrap_err();
        for part in ["`a`, `mounts`: `/x=http://a` says no mount", "`/y=mem:?max=y`"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(parse("main = 1").unwrap_err().contains("not a manifest"));
        assert!(parse("main = \"a\"\nguest = 1").is_err());
    }
}
