//! Compositions in the language WAC (`.wac`), read as graphs: each `new` is a guest, each argument
//! a link. So their guests have grants and limits of their own, as in a manifest.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use indexmap::IndexMap;
use miette::{Diagnostic, SourceSpan};
use semver::Version;
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;
use wac_parser::resolution::Error as Unresolved;

use crate::app::package::Package;
use crate::app::sources::{Added, Sources};
use crate::app::text;
use crate::app::wac_graph::{Known, graph};
use crate::config::{Adapter, Legacy};
use crate::error::{Class, Error, Result};
use crate::graph::Graph;
use crate::load::Program;
use crate::nesting::is_too_deep;
use crate::quote::shell;

/// Reads a composition's file. Its packages are those that are added under their names, or files
/// in the folder `deps` beside it.
///
/// # Errors
/// As [`read`]; `Class::NotFound` when a package isn't there, `Class::Usage` when one is added that
/// isn't named.
pub(super) fn open(path: &Path, sources: &Sources) -> Result<Graph> {
    let text::Text { name, text, folder } = text::read(path)?;
    let mut used = vec![false; sources.added.len()];
    let mut held = 0;
    let mut program = |path: &Path| {
        let program = sources.program_beside(path, held)?;
        held += program.bytes.len() as u64;
        Ok(program)
    };
    let mut find = |package: &Package| {
        let mut added = sources.added.iter().zip(&mut used);
        let is_it = |added: &Added| added.name.as_deref().is_some_and(|name| package.is(name));
        if let Some((added, used)) = added.find(|(added, _)| is_it(added)) {
            *used = true;
            return program(&added.source);
        }

        let files = package.files(folder);
        match files.iter().find(|file| file.is_file()) {
            Some(file) => program(file),
            None => Err(missing(&name, package, &files[0], sources)),
        }
    };
    let graph = read(&name, &text, (Adapter::default(), &Legacy::default()), &mut find)?;

    let prefix = sources.prefix;
    match sources.added.iter().zip(&used).find(|(_, used)| !**used) {
        None => Ok(graph),
        Some((added, _)) => {
            Err(Error::new(Class::Usage, format!("`{prefix}{added}` is for nothing"))
                .cause(format!("`{name}` names no such package"))
                .hint(format!("write `{prefix}NS:NAME=FILE`")))
        }
    }
}

fn missing(name: &str, package: &Package, file: &Path, sources: &Sources) -> Error {
    let Package { name: wanted, .. } = package;
    let addition = format!("{}{}=FILE", sources.prefix, shell(wanted));
    Error::new(Class::NotFound, format!("`{name}` names the package `{wanted}`, which isn't there"))
        .cause(format!("there is no file `{}`", file.display()))
        .hint(format!("put it there, or name a file: `{addition}`"))
}

/// Reads a composition. `name` is for messages; `find` gives the program of each package. The main
/// guest is the one whose exports the composition exports; what isn't passed to a guest is the
/// host's.
///
/// # Errors
/// `Class::Usage` when the text isn't WAC, or says what a graph can't; what `find` fails with.
pub fn read(
    name: &str,
    text: &str,
    (adapter, options): (Adapter, &Legacy),
    find: &mut dyn FnMut(&Package) -> Result<Program>,
) -> Result<Graph> {
    if is_too_deep(text) {
        return Err(Error::new(Class::Usage, format!("`{name}` can't be used"))
            .cause("its brackets lie too deep inside each other")
            .hint("give parts of it names: `let a = …;`"));
    }
    let mut known: Vec<Known> = Vec::new();
    loop {
        let missing = {
            let document = Document::parse(text).map_err(|error| refuse(name, text, &error))?;
            let key = |package: &Package| (package.name.clone(), package.version.clone());
            let keys: Vec<_> = known.iter().map(|known| key(&known.package)).collect();
            let packages: IndexMap<_, _> = keys
                .iter()
                .zip(&known)
                .map(|((name, version), known)| {
                    let key = BorrowedPackageKey::from_name_and_version(name, version.as_ref());
                    (key, known.component.clone())
                })
                .collect();
            // The crate takes some names for impossible that it has read itself.
            let resolved = catch_unwind(AssertUnwindSafe(|| document.resolve(packages)));
            let Ok(resolved) = resolved else { return Err(unreadable(name)) };
            match resolved {
                Ok(resolution) => return graph(name, resolution.graph(), &known),
                Err(Unresolved::UnknownPackage { span, .. }) => package(text, span),
                Err(error) => return Err(refuse(name, text, &error)),
            }
        };
        if known.iter().any(|known| known.package == missing) {
            return Err(Error::new(
                Class::Usage,
                format!("`{name}` names `{}` in a way that isn't understood", missing.name),
            ));
        }
        let program = find(&missing)?;
        let component = program.component(adapter, options)?.component;
        known.push(Known { package: missing, program, component });
    }
}

/// What is written at `span`: `ns:name@version`, or a path into it.
fn package(text: &str, span: SourceSpan) -> Package {
    let written = text.get(span.offset()..span.offset() + span.len()).unwrap_or_default();
    let (path, version) =
        written.split_once('@').map_or((written, None), |(path, version)| (path, Some(version)));
    let name = path.split('/').next().unwrap_or(path).to_owned();
    Package { name, version: version.and_then(|text| Version::parse(text).ok()) }
}

/// A composition at which the crate that reads it breaks off.
fn unreadable(name: &str) -> Error {
    Error::new(Class::Usage, format!("`{name}` can't be used"))
        .cause("it has a name that can't be one, such as `i-`")
        .hint("names are words of letters and digits, joined by single hyphens")
}

/// A complaint of the language, with its line and a mark under what it's about.
fn refuse(name: &str, text: &str, error: &(dyn Diagnostic + 'static)) -> Error {
    let label = error.labels().and_then(|mut labels| labels.next());
    let place = label.and_then(|label| pointed(name, text, (label.offset(), label.len())));
    let place = place.map(|place| format!("\n{place}")).unwrap_or_default();
    Error::new(Class::Usage, format!("`{name}` can't be used")).cause(format!("{error}{place}"))
}

/// The line at `offset`, with a mark under the `length` bytes from there.
fn pointed(name: &str, text: &str, (offset, length): (usize, usize)) -> Option<String> {
    // An end that isn't there is behind the last letter.
    let offset = offset.min(text.trim_end().len());
    let before = text.get(..offset)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let (number, column) =
        (before.matches('\n').count() + 1, text[start..offset].chars().count() + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let marked = text.get(offset..offset + length).unwrap_or_default().lines().next();
    let marks = "^".repeat(marked.map_or(1, |marked| marked.chars().count()).max(1));

    let indent = " ".repeat(number.to_string().len());
    let shown: String =
        line.chars().map(|letter| if letter == '\t' { ' ' } else { letter }).collect();
    let gap = " ".repeat(column - 1);
    Some(format!(
        "{indent}--> {name}:{number}:{column}\n{indent} |\n{number} | {shown}\n{indent} | {gap}{marks}"
    ))
}
