//! A guest's table in a manifest, read as a [`GuestSpec`]. Pure.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::app::mount::MountSpec;
use crate::app::spec::GuestSpec;
use crate::error::Result;
use crate::policy::{Allowance, Directory, Grants, NetRule};
use crate::stream::stdio::{Input, Output};
use crate::units;

/// A guest's table, as it's written.
#[derive(Deserialize)]
pub(super) struct Table {
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
    limits: Limits,
    isolate: Option<bool>,
    restarts: Option<u32>,
    instances: Option<NonZeroU32>,
    #[serde(default)]
    mounts: BTreeMap<String, String>,
}

/// Where a standard stream leads.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Standard {
    /// To the process's own.
    Inherit,
    /// Nowhere.
    None,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Limits {
    memory: Option<String>,
    table_elements: Option<u64>,
    host_memory: Option<String>,
    call_timeout: Option<String>,
    call_fuel: Option<u64>,
    handles: Option<usize>,
}

/// What can't be read of a guest's table.
pub(super) struct Problems<'a> {
    /// The guest's name.
    pub guest: &'a str,
    /// A line for each problem, of all guests.
    pub lines: &'a mut Vec<String>,
}

impl Problems<'_> {
    fn add(&mut self, place: &str, why: impl std::fmt::Display) {
        self.lines.push(format!("guest `{}`{place}: {why}", self.guest));
    }

    /// What was read, or nothing, with the reason among the problems.
    fn take<T>(&mut self, place: &str, read: Result<T>) -> Option<T> {
        read.map_err(|error| self.add(place, error)).ok()
    }
}

impl Table {
    /// What the table says; relative paths start at `folder`.
    pub(super) fn read(self, folder: &Path, problems: &mut Problems<'_>) -> GuestSpec {
        if self.world.is_some() && self.wit.is_none() {
            problems.add("", "`world` is one of a WIT package, which `wit` names");
        }
        let (mut mounts, mut directories) =
            (mounts(&self.mounts, folder, problems), directories(&self.dirs, folder, problems));
        directories.extend(mounts.iter().filter_map(MountSpec::granted));
        mounts.retain(|mount| mount.granted().is_none());
        let grants = Grants {
            directories,
            env: variables(self.env, problems),
            net: rules(&self.net, problems),
            ..Grants::default()
        };
        let allowance = Allowance {
            isolate: self.isolate,
            restarts: self.restarts,
            instances: self.instances,
            ..self.limits.read(problems)
        };

        GuestSpec {
            name: problems.guest.to_owned(),
            source: folder.join(self.source),
            wit: self.wit.map(|wit| folder.join(wit)),
            world: self.world,
            args: self.args,
            grants,
            stdin: self.stdin.map(Standard::input),
            stdout: self.stdout.map(Standard::output),
            stderr: self.stderr.map(Standard::output),
            allowance,
            mounts,
            in_manifest: true,
        }
    }
}

impl Standard {
    fn input(self) -> Input {
        if self == Standard::Inherit { Input::Inherit } else { Input::Nothing }
    }

    fn output(self) -> Output {
        if self == Standard::Inherit { Output::Inherit } else { Output::Nothing }
    }
}

impl Limits {
    fn read(self, problems: &mut Problems<'_>) -> Allowance {
        let mut size = |key: &str, text: Option<String>| {
            problems.take(&format!(", `limits.{key}`"), units::size(&text?))
        };
        let memory = size("memory", self.memory);
        let host_memory = size("host-memory", self.host_memory);
        let time = |text: String| -> Option<Duration> {
            problems.take(", `limits.call-timeout`", units::duration(&text))
        };

        Allowance {
            memory,
            table_elements: self.table_elements,
            host_memory,
            call_timeout: self.call_timeout.and_then(time),
            call_fuel: self.call_fuel,
            handles: self.handles,
            ..Allowance::default()
        }
    }
}

fn directories(texts: &[String], folder: &Path, problems: &mut Problems<'_>) -> Vec<Directory> {
    let read = |text: &String| {
        let directory: Directory = problems.take(", `dirs`", text.parse())?;
        Some(Directory { host: folder.join(&directory.host), ..directory })
    };
    texts.iter().filter_map(read).collect()
}

fn rules(texts: &[String], problems: &mut Problems<'_>) -> Vec<NetRule> {
    let mut rules = Vec::new();
    for text in texts {
        match text.as_str() {
            "all" => rules.extend(NetRule::all()),
            rule => rules.extend(problems.take(", `net`", rule.parse::<NetRule>())),
        }
    }
    rules
}

fn variables(
    variables: BTreeMap<String, String>,
    problems: &mut Problems<'_>,
) -> Vec<(String, String)> {
    let cannot = |(key, value): &(&String, &String)| {
        key.is_empty() || key.contains(['=', '\0']) || value.contains('\0')
    };
    for (key, _) in variables.iter().filter(cannot) {
        problems.add(", `env`", format!("`{key}` can't be a variable"));
    }
    variables.into_iter().collect()
}

fn mounts(
    mounts: &BTreeMap<String, String>,
    folder: &Path,
    problems: &mut Problems<'_>,
) -> Vec<MountSpec> {
    let read = |(path, what): (&String, &String)| {
        Some(problems.take(", `mounts`", MountSpec::new(path, what))?.within(folder))
    };
    mounts.iter().filter_map(read).collect()
}
