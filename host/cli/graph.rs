//! From `--with`, `--grant` and manifests to a graph and what its guests are granted.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Parser;
use forebay::capability::stdio::{Input, Output, Stdio};
use forebay::config::{Adapter, Config, Legacy, Limit, Limits};
use forebay::error::{Class, Error, Result};
use forebay::graph::{Entry, Graph, LinkOverride, Manifest, Standard, guest_name, read_wac};
use forebay::load::{self, Program};
use forebay::policy::{Allowance, Grants};
use forebay::quote::shell;
use forebay::runtime::Runtime;

use crate::args::{AllowanceFlags, GrantFlags, GuestFlags};
use crate::ceiling;
use crate::report::Printer;
use crate::settings;
use crate::sources;
use crate::spell::Listed;
use crate::text;

/// A graph, and what each of its guests may use.
pub struct Assembly {
    pub graph: Graph,
    /// What the guests may use, by name.
    pub seats: BTreeMap<String, Seat>,
}

/// What a guest may use.
#[derive(Clone, Debug, Default)]
pub struct Seat {
    /// Its arguments.
    pub args: Vec<String>,
    pub grants: Grants,
    /// Where its standard streams lead, where that is said: input, output, errors.
    pub standard: [Option<Standard>; 3],
    /// What it may use up, and whether it has a store of its own.
    pub allowance: Allowance,
    /// Programs behind files, as `--mount` has them.
    pub mounts: Vec<String>,
    /// Whether a manifest says so.
    pub listed: bool,
}

impl Seat {
    /// Grants more.
    pub fn add(&mut self, more: Grants) {
        self.grants.directories.extend(more.directories);
        self.grants.env.extend(more.env);
        self.grants.net.extend(more.net);
    }

    /// Limits it; what isn't said stays.
    fn limit(&mut self, flags: &AllowanceFlags) {
        let own = std::mem::take(&mut self.allowance);
        self.allowance = Allowance {
            memory: flags.max_memory.or(own.memory),
            table_elements: flags.max_table_elements.or(own.table_elements),
            host_memory: flags.max_host_memory.or(own.host_memory),
            call_timeout: flags.call_timeout.or(own.call_timeout),
            call_fuel: flags.call_fuel.or(own.call_fuel),
            handles: flags.max_handles.or(own.handles),
            isolate: flags.isolate.then_some(true).or(own.isolate),
            restarts: flags.restarts.or(own.restarts),
        };
    }

    /// Its standard streams; what isn't said leads nowhere.
    pub fn stdio(&self) -> Stdio {
        let output =
            |to| if to == Some(Standard::Inherit) { Output::Inherit } else { Output::Nothing };
        let [stdin, stdout, stderr] = self.standard;
        Stdio {
            stdin: if stdin == Some(Standard::Inherit) { Input::Inherit } else { Input::Nothing },
            stdout: output(stdout),
            stderr: output(stderr),
        }
    }
}

impl Assembly {
    /// The main guest's name.
    pub fn main(&self) -> &str {
        self.graph.guests().first().map_or("", |guest| &guest.name)
    }

    /// The guests that a manifest names.
    pub fn listed(&self) -> Listed {
        let listed = self.seats.iter().filter(|(_, seat)| seat.listed);
        let mut others: BTreeSet<String> = listed.map(|(name, _)| name.clone()).collect();
        Listed { main: others.take(self.main()), others }
    }
}

/// Whether a program is a manifest, or a composition in WAC: its name ends in `.toml` or `.wac`.
pub fn is_manifest(path: &OsStr) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "toml" || extension == "wac")
}

/// The graph of a program, or of a manifest, with the guests of `--with` and what `--grant` says.
///
/// # Errors
/// `Class::Usage` and `Class::NotFound` for manifests and flags that can't be read,
/// `Class::Program` for files that are none.
pub fn assemble(
    path: &OsStr,
    flags: &GuestFlags,
    limits: &Limits,
    printer: &Printer,
) -> Result<Assembly> {
    if Path::new(path).extension().is_none_or(|extension| extension != "toml") {
        ceiling::without_manifest(flags, &path.to_string_lossy())?;
    }
    let agree = |manifest: &Manifest| ceiling::hold((Path::new(path), manifest), flags, printer);
    let Assembly { graph, mut seats } = gather(path, &flags.with, limits, &agree)?;
    grant(&mut seats, &flags.grant, printer)?;
    let graph =
        seats.iter().fold(graph, |graph, (name, seat)| graph.confine(name, seat.allowance.clone()));
    Ok(Assembly { graph, seats })
}

/// The guests, with what a manifest says of them, if `agree` has nothing against that.
fn gather(
    path: &OsStr,
    with: &[String],
    limits: &Limits,
    agree: &dyn Fn(&Manifest) -> Result<()>,
) -> Result<Assembly> {
    if Path::new(path).extension().is_some_and(|extension| extension == "wac") {
        let graph = wac(Path::new(path), with, limits)?;
        let seats =
            graph.guests().iter().map(|guest| (guest.name.clone(), Seat::default())).collect();
        return Ok(Assembly { graph, seats });
    }
    let mut guests: Vec<(String, String, Program)> = Vec::new();
    let (mut seats, mut choices, mut edges) = (BTreeMap::new(), Vec::new(), Vec::new());
    if is_manifest(path) {
        let manifest = manifest(Path::new(path))?;
        agree(&manifest)?;
        sources::check(&path.to_string_lossy(), &manifest)?;
        choices = manifest.links;
        edges = manifest.edges;
        let (main, others): (Vec<_>, Vec<_>) =
            manifest.guests.into_iter().partition(|(name, _)| *name == manifest.main);
        for (name, entry) in main.into_iter().chain(others) {
            let mut program = program(&entry.source, limits)?;
            if let Some(wit) = &entry.wit {
                program = program.lift(wit, entry.world.as_deref())?;
            }
            guests.push((name.clone(), entry.source.display().to_string(), program));
            let Entry { args, grants, standard, allowance, mounts, .. } = entry;
            let seat = Seat { args, grants, standard, allowance, mounts, listed: true };
            seats.insert(name, seat);
        }
    } else {
        let (name, bytes) = settings::program(path, limits)?;
        let short = if name == "-" { "main".to_owned() } else { stem(Path::new(&name)) };
        let program = Program::recognise_within(&name, bytes, limits)?;
        guests.push((short, name, program));
    }
    for text in with {
        let (import, file) = match text.split_once('=') {
            Some((import, file)) if !Path::new(text).is_file() => (Some(import), file),
            _ => (None, text.as_str()),
        };
        let known =
            guests.iter().skip(1).find(|(_, path, _)| path == file).map(|(name, ..)| name.clone());
        let name = match known {
            Some(name) => name,
            None => {
                let name = free_name(&stem(Path::new(file)), &guests);
                guests.push((name.clone(), file.to_owned(), program(Path::new(file), limits)?));
                name
            }
        };
        choices.extend(import.map(|import| LinkOverride {
            guest: None,
            import: import.to_owned(),
            provider: name,
        }));
    }
    let graph = guests
        .into_iter()
        .fold(Graph::new(), |graph, (name, _, program)| graph.guest(&name, program));
    let graph = choices.into_iter().fold(graph, Graph::choose);
    let graph = edges.into_iter().fold(graph, Graph::interpose);
    for guest in graph.guests() {
        seats.entry(guest.name.clone()).or_default();
    }
    Ok(Assembly { graph, seats })
}

fn stem(path: &Path) -> String {
    guest_name(&path.file_stem().unwrap_or_default().to_string_lossy())
}

/// A name that no guest has: a number follows where one has it already.
fn free_name(name: &str, guests: &[(String, String, Program)]) -> String {
    let taken = |name: &str| guests.iter().any(|(own, ..)| own == name);
    let numbered = (2..).map(|number| guest_name(&format!("{name} {number}")));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !taken(name))
        .expect("numbers don't end")
}

fn program(path: &Path, limits: &Limits) -> Result<Program> {
    let bytes = load::read(path, limits.get(Limit::Size))?;
    Program::recognise_within(&path.display().to_string(), bytes, limits)
}

/// A composition in WAC, whose packages are what `--with NS:NAME=FILE` says, or files in the folder
/// `deps` beside it.
fn wac(path: &Path, with: &[String], limits: &Limits) -> Result<Graph> {
    let (name, text) = text::read(path)?;
    let deps = path.parent().unwrap_or(Path::new("")).join("deps");
    let mut used = vec![false; with.len()];
    let graph = read_wac(&name, &text, (Adapter::default(), &Legacy::default()), &mut |package| {
        let versioned =
            package.version.as_ref().map(|version| format!("{}@{version}", package.name));
        for (text, used) in with.iter().zip(&mut used) {
            if let Some((key, file)) = text.split_once('=')
                && (key == package.name || Some(key) == versioned.as_deref())
            {
                *used = true;
                return program(Path::new(file), limits);
            }
        }
        let folder = package.name.split(':').fold(deps.clone(), |folder, part| folder.join(part));
        let stem = package
            .version
            .as_ref()
            .map_or(folder.clone(), |version| folder.join(version.to_string()));
        let named = |extension: &str| PathBuf::from(format!("{}.{extension}", stem.display()));
        match ["wasm", "wat"].map(named).into_iter().find(|file| file.is_file()) {
            Some(file) => program(&file, limits),
            None => Err(Error::new(
                Class::NotFound,
                format!("`{name}` names the package `{}`, which isn't there", package.name),
            )
            .cause(format!("there is no file `{}`", named("wasm").display()))
            .hint(format!("put it there, or name a file: `--with {}=FILE`", shell(&package.name)))),
        }
    })?;
    match with.iter().zip(&used).find(|(_, used)| !**used) {
        None => Ok(graph),
        Some((text, _)) => Err(Error::new(Class::Usage, format!("`--with {text}` is for nothing"))
            .cause(format!("`{name}` names no such package"))
            .hint("write `--with NS:NAME=FILE`")),
    }
}

fn manifest(path: &Path) -> Result<Manifest> {
    let (name, text) = text::read(path)?;
    Manifest::parse(&name, &text, path.parent().unwrap_or(Path::new("")))
}

/// The flags of grants by themselves, as they follow `--grant GUEST:`.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Alone {
    #[command(flatten)]
    grants: GrantFlags,
    #[command(flatten)]
    allowance: AllowanceFlags,
}

/// Adds what `--grant` says to the guests' seats.
///
/// # Errors
/// `Class::Usage` when a flag can't be read, or names a guest that isn't there.
pub fn grant(
    seats: &mut BTreeMap<String, Seat>,
    flags: &[String],
    printer: &Printer,
) -> Result<()> {
    for text in flags {
        let wrong = |why: String| {
            Error::new(Class::Usage, format!("`--grant {text}` can't be read"))
                .cause(why)
                .hint("write `--grant GUEST:FLAG=VALUE`, e.g. `--grant mesh:--dir=data::/data`")
        };
        let (guest, flag) =
            text.split_once(':').ok_or_else(|| wrong("it names no guest".to_owned()))?;
        let names: Vec<String> = seats.keys().map(|name| format!("`{name}`")).collect();
        let Some(seat) = seats.get_mut(guest) else {
            return Err(wrong(match names.as_slice() {
                [] => format!("there is no guest `{guest}`: the program is alone"),
                names => format!("there is no guest `{guest}`; there are {}", names.join(", ")),
            }));
        };
        let (name, value) =
            flag.split_once(['=', ' ']).map_or((flag, None), |(name, value)| (name, Some(value)));
        let stream = ["--stdin", "--stdout", "--stderr"].iter().position(|stream| *stream == name);
        if let Some(stream) = stream {
            seat.standard[stream] = Some(match value {
                Some("inherit") => Standard::Inherit,
                Some("none") => Standard::None,
                _ => return Err(wrong(format!("`{name}` is `inherit` or `none`"))),
            });
            continue;
        }
        let words = std::iter::once(name).chain(value);
        let alone = Alone::try_parse_from(words).map_err(|error| {
            let text = error.to_string();
            wrong(text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
        })?;
        let more = settings::grants(&alone.grants, printer)?;
        if !more.preopens.sockets.is_empty() {
            return Err(wrong("open sockets can be given to the main guest only".to_owned()));
        }
        seat.add(more);
        seat.limit(&alone.allowance);
    }
    Ok(())
}

/// Refuses limits of guests that have been composed already.
///
/// # Errors
/// `Class::Usage`, naming the guest.
pub fn refuse_limits(seats: &BTreeMap<String, Seat>) -> Result<()> {
    match seats.iter().find(|(_, seat)| seat.allowance != Allowance::default()) {
        None => Ok(()),
        Some((name, _)) => Err(Error::new(
            Class::Usage,
            format!("`{name}` can't be limited any more"),
        )
        .cause("the program is one component, in which its guests' memories can't be told apart")
        .hint("give the guests apart, by `--with` or in a manifest")),
    }
}

/// Says, for `--verbose`, what each guest is granted.
pub fn describe(seats: &BTreeMap<String, Seat>, printer: &Printer) {
    for (name, seat) in seats {
        for directory in &seat.grants.directories {
            printer.detail(&format!("granted to {name}: directory {directory}"));
        }
        for rule in &seat.grants.net {
            printer.detail(&format!("granted to {name}: network {rule}"));
        }
    }
}

/// The bytes of one component that a manifest stands for.
///
/// # Errors
/// As [`assemble`], and what keeps the guests from being linked, or from being one component.
pub fn composed(path: &OsStr, with: &[String], limits: &Limits) -> Result<(String, Vec<u8>)> {
    let (_, graph) = gathered(path, with, limits)?;
    let runtime = Runtime::new(Config::default())?;
    Ok((PathBuf::from(path).display().to_string(), runtime.compose(&graph)?))
}

/// A component of the same guests for any host.
///
/// # Errors
/// As [`composed`], and `Class::Usage` where a manifest grants guests different things.
pub fn portable(path: &OsStr, with: &[String], limits: &Limits) -> Result<Vec<u8>> {
    let (seats, graph) = gathered(path, with, limits)?;
    let differs = |seat: &&Seat| seats.values().next().is_some_and(|one| one.grants != seat.grants);
    if seats.values().any(|seat| differs(&seat)) {
        return Err(Error::new(Class::Usage, "the guests can't be composed for any host")
            .cause("their grants differ, and a standard component has the same for all its guests")
            .hint("leave out `--portable`, or the grants in the manifest"));
    }
    Runtime::new(Config::default())?.compose_portable(&graph)
}

/// The guests with their limits, and what they may use.
fn gathered(
    path: &OsStr,
    with: &[String],
    limits: &Limits,
) -> Result<(BTreeMap<String, Seat>, Graph)> {
    let Assembly { graph, seats, .. } = gather(path, with, limits, &|_| Ok(()))?;
    let limited =
        seats.iter().fold(graph, |graph, (name, seat)| graph.confine(name, seat.allowance.clone()));
    Ok((seats, limited))
}
