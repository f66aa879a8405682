//! `forebay wit`: prints a program's WIT, writes packages into a folder, checks a program against a
//! world.

use std::fs;
use std::path::{Path, PathBuf};

use forebay::error::{Class, Error, Result};
use forebay::load::Program;
use forebay::typed::Docs;
use forebay::wit::packages::{self, Package};
use forebay::wit::{self, World};

use crate::answer::{answer, write_whole};
use crate::app;
use crate::args::{LimitFlags, Wit, WitAction, WitAdd, WitCheck};
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Wit, printer: &Printer) -> Result<Status> {
    match (&flags.action, &flags.program) {
        (Some(WitAction::Add(add)), _) => self::add(add),
        (Some(WitAction::Check(check)), _) => self::check(check, printer),
        (None, Some(path)) => print(path, flags),
        (None, None) => Err(Error::new(Class::Usage, "`forebay wit` needs a program")
            .hint("write `forebay wit PROGRAM`, `forebay wit add PACKAGE` or `forebay wit check PROGRAM WORLD`")),
    }
}

fn print(path: &Path, flags: &Wit) -> Result<Status> {
    let program = program(path, &flags.limits)?;
    let mut docs = Docs::of(path, flags.wit.as_deref());
    docs.add_sections(&program.bytes);
    answer(wit::text(&program, &docs)?.as_bytes())
}

fn program(path: &Path, limits: &LimitFlags) -> Result<Program> {
    let limits = settings::limits(limits);
    let (name, bytes) = app::program(path.as_os_str(), &limits)?;
    Program::recognise_within(&name, bytes, &limits)
}

/// Writes packages, or lists them.
fn add(flags: &WitAdd) -> Result<Status> {
    if flags.packages.is_empty() {
        let line = |package: &Package| format!("{package}\n");
        return answer(packages::all().iter().map(line).collect::<String>().as_bytes());
    }

    let wanted = packages::with_uses(&flags.packages)?;
    let cannot = |path: &Path, error: std::io::Error| {
        Error::new(Class::Host, format!("cannot write `{}`", path.display())).cause(error)
    };
    fs::create_dir_all(&flags.to).map_err(|error| cannot(&flags.to, error))?;
    let there = wit_files(&flags.to);

    let mut said = String::new();
    for package in wanted {
        let heading = format!("package {};", package.to_string().replace(":stream@", ":%stream@"));
        let holds = |text: &str| {
            let lines = text.lines().map(str::trim);
            lines.clone().any(|line| line == heading || line == format!("package {package};"))
        };
        if let Some((path, text)) = there.iter().find(|(_, text)| holds(text)) {
            let same = if text == package.text { "unchanged" } else { "kept as it is" };
            said.push_str(&format!("{}: {same}\n", path.display()));
            continue;
        }
        let path = flags.to.join(package.file_name());
        write_whole(&path, package.text.as_bytes())?;
        said.push_str(&format!("{}: written\n", path.display()));
    }
    answer(said.as_bytes())
}

/// The WIT files in a folder, and in the folders in it, with their text.
fn wit_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let deep = |path: PathBuf| if path.is_dir() { entries(&path) } else { vec![path] };
    let files = entries(folder).into_iter().flat_map(deep);
    let wit = files.filter(|path| path.extension().is_some_and(|ending| ending == "wit"));
    wit.filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?))).collect()
}

/// Says whether a program fits a world: all that keeps it from that, at once.
fn check(flags: &WitCheck, printer: &Printer) -> Result<Status> {
    let program = program(&flags.program, &flags.limits)?;
    let world = world(&flags.world, &flags.wit)?;
    let faults = world.faults(&program)?;
    if faults.is_empty() {
        return answer(format!("fits: `{}` and `{}`\n", program.name, flags.world).as_bytes());
    }

    let what = format!("`{}` doesn't fit `{}`", program.name, flags.world);
    let error = Error::new(Class::Program, what)
        .hint(format!("`forebay wit {}` shows what the program is", program.name));
    printer.error(&faults.into_iter().fold(error, Error::cause));
    Ok(Status::Guest(1))
}

/// The world that is meant: a file's, one of the packages that come with us, or one of `wit`.
fn world(name: &str, wit: &Path) -> Result<World> {
    let path = Path::new(name);
    if path.is_file() || path.is_dir() {
        return World::open(path, None);
    }
    let own = wit.exists().then(|| World::open(wit, Some(name)));
    match own {
        Some(Ok(world)) => Ok(world),
        Some(Err(error)) if !name.contains(':') => Err(error),
        _ if name.contains(':') => World::known(name),
        _ => Err(Error::new(Class::NotFound, format!("there is no world `{name}`"))
            .cause(format!("there is no `{}` here to look in", wit.display()))
            .hint("say where it is: `--wit PATH`")),
    }
}
