//! From what was typed to an app of the library: its file, the guests of `--with`, and what
//! `--grant` says.

use std::ffi::OsStr;
use std::path::Path;

use clap::Parser;
use forebay::app::{Added, App, GuestSpec, Manifest, Sources, amend, is_description};
use forebay::capability::stdio::{Input, Output};
use forebay::config::{Config, Limits};
use forebay::error::{Class, Error, Result};
use forebay::load::Program;
use forebay::policy::Allowance;
use forebay::runtime::Runtime;

use crate::args::{AllowanceFlags, GrantFlags, GuestFlags};
use crate::ceiling;
use crate::project;
use crate::report::Printer;
use crate::settings;
use crate::spell::Listed;

/// The app of a program, or of a manifest, with the guests of `--with` and what `--grant` says.
///
/// # Errors
/// `Class::Usage` and `Class::NotFound` for manifests and flags that can't be read,
/// `Class::Program` for files that are none, `Class::Denied` for a manifest that wants too much.
pub fn open(path: &OsStr, flags: &GuestFlags, limits: &Limits, printer: &Printer) -> Result<App> {
    let sources = sources(&flags.with, limits);
    let path = &project::program(path);
    let mut app = if is_manifest(path) {
        let manifest = Manifest::open(path.as_ref())?;
        ceiling::hold((path.as_ref(), &manifest), flags, printer)?;
        App::from_manifest(manifest, &sources)?
    } else {
        ceiling::without_manifest(flags, &path.to_string_lossy())?;
        unlimited(path, &sources)?
    };

    for text in &flags.grant {
        let more = granted(text, printer)?;
        app.amend(more).map_err(|error| unreadable(text, error.what()))?;
    }
    Ok(app)
}

/// The program's name and bytes; `-` is standard input, a manifest is one component of its guests.
///
/// # Errors
/// As [`settings::program`] and [`composed`].
pub fn program(path: &OsStr, limits: &Limits) -> Result<(String, Vec<u8>)> {
    let path = &project::program(path);
    if is_description(path.as_ref()) {
        return Ok((Path::new(path).display().to_string(), composed(path, &[], limits)?));
    }
    settings::program(path, limits)
}

/// The bytes of one component of an app's guests.
///
/// # Errors
/// As [`App::open`], and what keeps the guests from being linked, or from being one component.
pub fn composed(path: &OsStr, with: &[String], limits: &Limits) -> Result<Vec<u8>> {
    let app = unlimited(&project::program(path), &sources(with, limits))?;
    Runtime::new(Config::default())?.compose(app.graph())
}

/// A component of the same guests for any host.
///
/// # Errors
/// As [`composed`], and `Class::Usage` where a manifest grants guests different things.
pub fn portable(path: &OsStr, with: &[String], limits: &Limits) -> Result<Vec<u8>> {
    let app = unlimited(&project::program(path), &sources(with, limits))?;
    if app.guests().iter().any(|guest| guest.grants != app.main().grants) {
        return Err(Error::new(Class::Usage, "the guests can't be composed for any host")
            .cause("their grants differ, and a standard component has the same for all its guests")
            .hint("leave out `--portable`, or the grants in the manifest"));
    }
    Runtime::new(Config::default())?.compose_portable(app.graph())
}

/// An app as its file says, without a ceiling; `-` is a program on standard input.
fn unlimited(path: &OsStr, sources: &Sources) -> Result<App> {
    if path != "-" {
        return App::open(path, sources);
    }
    let (name, bytes) = settings::program(path, &sources.limits)?;
    let program = Program::recognise_within(&name, bytes, &sources.limits)?;
    App::from_program("main".to_owned(), program, sources)
}

fn is_manifest(path: &OsStr) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "toml")
}

fn sources(with: &[String], limits: &Limits) -> Sources {
    let added = with.iter().map(|text| Added::read(text)).collect();
    Sources { added, limits: limits.clone(), prefix: "--with " }
}

/// The guests of a manifest, by the names under which it lists them.
pub fn listed(app: &App) -> Listed {
    let names = |guests: &[GuestSpec]| {
        let listed = guests.iter().filter(|guest| guest.in_manifest);
        listed.map(|guest| guest.name.clone()).collect::<Vec<_>>()
    };
    let (main, others) = app.guests().split_at(1);
    Listed { main: names(main).pop(), others: names(others).into_iter().collect() }
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

/// What one `--grant` says: of which guest, and what.
///
/// # Errors
/// `Class::Usage` when it can't be read.
fn granted(text: &str, printer: &Printer) -> Result<GuestSpec> {
    let wrong = |why: &str| unreadable(text, why);
    let (guest, flag) = text.split_once(':').ok_or_else(|| wrong("it names no guest"))?;
    let mut spec = GuestSpec::new(guest);
    let (name, value) =
        flag.split_once(['=', ' ']).map_or((flag, None), |(name, value)| (name, Some(value)));

    if let "--stdin" | "--stdout" | "--stderr" = name {
        let (input, output) = match value {
            Some("inherit") => (Input::Inherit, Output::Inherit),
            Some("none") => (Input::Nothing, Output::Nothing),
            _ => return Err(wrong(&format!("`{name}` is `inherit` or `none`"))),
        };
        match name {
            "--stdin" => spec.stdin = Some(input),
            "--stdout" => spec.stdout = Some(output),
            _ => spec.stderr = Some(output),
        }
        return Ok(spec);
    }

    let alone = Alone::try_parse_from(std::iter::once(name).chain(value)).map_err(|error| {
        let text = error.to_string();
        wrong(text.lines().next().unwrap_or_default().trim_start_matches("error: "))
    })?;
    spec.grants = settings::grants(&alone.grants, printer)?;
    if !spec.grants.preopens.sockets.is_empty() {
        return Err(wrong("open sockets can be given to the main guest only"));
    }
    spec.mounts = settings::mounts(&alone.grants);
    spec.allowance = allowance(&alone.allowance);
    Ok(spec)
}

fn unreadable(text: &str, why: &str) -> Error {
    Error::new(Class::Usage, format!("`--grant {text}` can't be read"))
        .cause(why)
        .hint("write `--grant GUEST:FLAG=VALUE`, e.g. `--grant mesh:--dir=data::/data`")
}

fn allowance(flags: &AllowanceFlags) -> Allowance {
    Allowance {
        memory: flags.max_memory,
        table_elements: flags.max_table_elements,
        host_memory: flags.max_host_memory,
        call_timeout: flags.call_timeout,
        call_fuel: flags.call_fuel,
        handles: flags.max_handles,
        isolate: flags.isolate.then_some(true),
        restarts: flags.restarts,
        instances: flags.instances,
    }
}

/// What `--grant` says of guests that have been composed already.
///
/// # Errors
/// `Class::Usage` when a flag can't be read, names a guest that isn't there, or limits one.
pub fn grant_composed(guests: &mut [GuestSpec], flags: &[String], printer: &Printer) -> Result<()> {
    for text in flags {
        let more = granted(text, printer)?;
        let guest = amend(guests, more).map_err(|error| unreadable(text, error.what()))?;
        if guest.allowance != Allowance::default() {
            return Err(Error::new(
                Class::Usage,
                format!("`{}` can't be limited any more", guest.name),
            )
            .cause(
                "the program is one component, in which its guests' memories can't be told apart",
            )
            .hint("give the guests apart, by `--with` or in a manifest"));
        }
    }
    Ok(())
}

/// Says, for `--verbose`, what each guest is granted.
pub fn describe(guests: &[GuestSpec], printer: &Printer) {
    for GuestSpec { name, grants, .. } in guests {
        for directory in &grants.directories {
            printer.detail(&format!("granted to {name}: directory {directory}"));
        }
        for rule in &grants.net {
            printer.detail(&format!("granted to {name}: network {rule}"));
        }
    }
}
