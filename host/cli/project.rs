//! A folder with a manifest in it: what `forebay run` runs there, and how that is built.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use forebay::app::{BuildSpec, Manifest};
use forebay::error::{Class, Error, Result};

use crate::report::Printer;

/// The manifest's name in a folder.
const MANIFEST: &str = "forebay.toml";
/// Where a project keeps tools of its own, as npm and Python have it.
const TOOLS: &[&str] = &["node_modules/.bin", ".venv/bin"];

/// What is meant by a program's path: of a folder its manifest, if it has one.
pub fn program(path: &OsStr) -> OsString {
    let manifest = Path::new(path).join(MANIFEST);
    if Path::new(path).is_dir() && manifest.is_file() { tidied(manifest) } else { path.to_owned() }
}

/// The manifest of a folder.
///
/// # Errors
/// `Class::NotFound` when there is none.
pub fn manifest(folder: &Path) -> Result<PathBuf> {
    let manifest = folder.join(MANIFEST);
    if manifest.is_file() {
        return Ok(tidied(manifest).into());
    }
    let place = if folder == Path::new(".") {
        "here".to_owned()
    } else {
        format!("in `{}`", folder.display())
    };
    Err(Error::new(Class::NotFound, format!("there is no `{MANIFEST}` {place}")).hint(
        "name a program: `forebay run PROGRAM`; or begin one: `forebay new NAME --lang LANG`",
    ))
}

/// A path without a `./` before it.
fn tidied(path: PathBuf) -> OsString {
    path.strip_prefix(".").map(Path::to_owned).unwrap_or(path).into_os_string()
}

/// Builds what a folder's manifest describes if it isn't there, or older than an input. `held` says
/// that the manifest isn't trusted.
///
/// # Errors
/// As [`build`], and `Class::Denied` when a manifest that isn't trusted would run a command.
pub fn refresh(manifest: &Path, held: bool, printer: &Printer) -> Result<()> {
    let Some(spec) = Manifest::open(manifest)?.build else { return Ok(()) };
    if !is_stale(&spec)? {
        return Ok(());
    }
    if held {
        let what = format!("`{}` would run a command of its own to build", manifest.display());
        return Err(Error::new(Class::Denied, what)
            .cause(format!("the command is `{}`, and nothing limits it", spec.command))
            .hint("read it, and run it by `forebay build`"));
    }
    execute(manifest, &spec, printer)
}

/// Runs a manifest's command.
///
/// # Errors
/// `Class::Usage` when it has none, `Class::NotFound` when a tool is missing, `Class::Program` when
/// it fails, or leaves no program.
pub fn build(manifest: &Path, printer: &Printer) -> Result<()> {
    let shown = manifest.display();
    let Some(spec) = Manifest::open(manifest)?.build else {
        return Err(Error::new(Class::Usage, format!("`{shown}` doesn't say how it's built"))
            .hint("add a table `[build]` with `command = \"…\"`"));
    };
    is_stale(&spec)?;
    execute(manifest, &spec, printer)
}

fn execute(manifest: &Path, spec: &BuildSpec, printer: &Printer) -> Result<()> {
    let shown = manifest.display();
    let folder = manifest.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let path = search_path(folder)?;
    check_tools(manifest, spec, &path)?;

    printer.step("building", &spec.command);
    let begun = SystemTime::now();
    let cannot = |error: &dyn std::fmt::Display| {
        Error::new(Class::Host, format!("cannot build `{shown}`")).cause(error)
    };
    if let Some(folder) = spec.output.parent() {
        std::fs::create_dir_all(folder).map_err(|error| cannot(&error))?;
    }
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(&spec.command).current_dir(folder).env("PATH", path);
    // Standard output and input are the program's.
    shell.stdin(Stdio::null()).stdout(printer.stream());
    let ended = shell.status().map_err(|error| cannot(&error))?;
    if !ended.success() {
        return Err(Error::new(Class::Program, format!("`{shown}` wasn't built"))
            .cause(format!("`{}` ended with {ended}", spec.command))
            .hint("what it said stands above"));
    }

    // A tool that had nothing to do has left the file as old as it was.
    let output = std::fs::File::options().write(true).open(&spec.output);
    let output = output.map_err(|error| {
        let output = spec.output.display();
        Error::new(Class::Program, format!("there is no `{output}` after the build"))
            .cause(error)
            .hint("the guest's `source`, or the build's `output`, says what the command writes")
    })?;
    output.set_modified(begun).map_err(|error| cannot(&error))
}

/// Refuses to begin without what the command needs, and says how to get it.
fn check_tools(manifest: &Path, spec: &BuildSpec, path: &OsStr) -> Result<()> {
    let there = |name: &str| std::env::split_paths(path).any(|folder| folder.join(name).is_file());
    let missing: Vec<(&String, &String)> =
        spec.tools.iter().filter(|(name, _)| !there(name)).collect();
    let [(_, how), ..] = missing.as_slice() else { return Ok(()) };

    let what = format!("`{}` can't be built", manifest.display());
    let error = Error::new(Class::NotFound, what);
    let error = missing.iter().fold(error, |error, (name, how)| {
        error.cause(format!("there is no `{name}` on PATH; to get it: {how}"))
    });
    Err(if missing.len() == 1 {
        Error::new(Class::NotFound, error.what().to_owned())
            .cause(format!("there is no `{}` on PATH", missing[0].0))
            .hint(format!("to get it: {how}"))
    } else {
        error
    })
}

/// `PATH`, with the project's own tools before it.
fn search_path(folder: &Path) -> Result<OsString> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let own = TOOLS.iter().map(|tools| folder.join(tools));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(own.chain(std::env::split_paths(&path))).map_err(|error| {
        Error::new(Class::Host, format!("no tools can be looked for in `{}`", folder.display()))
            .cause(error)
    })
}

/// Whether what is built isn't there, or older than an input.
///
/// # Errors
/// `Class::NotFound` when an input isn't there.
fn is_stale(spec: &BuildSpec) -> Result<bool> {
    let mut newest = None;
    for input in &spec.inputs {
        let changed = changed(input).map_err(|error| {
            let what = format!("there is no `{}` to build from", input.display());
            Error::new(Class::NotFound, what).cause(error).hint("`inputs` of `[build]` names it")
        })?;
        newest = newest.max(Some(changed));
    }
    let built = spec.output.metadata().and_then(|meta| meta.modified());
    Ok(built.is_ok_and(|built| newest.is_none_or(|newest| newest <= built)) == false)
}

/// When a file, or the newest one in a folder, was changed last.
fn changed(path: &Path) -> std::io::Result<SystemTime> {
    let meta = path.metadata()?;
    let mut newest = meta.modified()?;
    if meta.is_dir() {
        for entry in std::fs::read_dir(path)? {
            let entry = entry?.path();
            // A link that leads nowhere, or in a circle, is nobody's input.
            if !entry.is_symlink() {
                newest = newest.max(changed(&entry)?);
            }
        }
    }
    Ok(newest)
}
