//! Why a graph can't be linked, in words: each problem with the nearest candidate, all of them in
//! one error.

use std::collections::BTreeSet;

use crate::error::{Class, Error};
use crate::graph::wiring::{Item, LinkOverride, Surface};
use crate::hint::{Hint, Setting};
use crate::interfaces::{Interface, WASI_03, importing_guest};
use crate::names::{nearest_of, split};

/// How many problems are shown.
const MOST: usize = 20;

/// How many names are shown in a hint.
const SHOWN: usize = 8;

/// One reason why a graph can't be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    text: String,
    hint: Option<Hint>,
}

/// One error of all the problems.
pub(super) fn error(mut problems: Vec<Problem>) -> Error {
    // One reason can hold for many imports.
    let mut told = BTreeSet::new();
    problems.retain(|problem| told.insert(problem.text.clone()));
    let what = match problems.len() {
        1 => "the guests can't be linked".to_owned(),
        n => format!("the guests can't be linked, for {n} reasons"),
    };
    let hint = problems.iter().find_map(|problem| problem.hint.clone());
    let mut error = Error::new(Class::Import, what);
    for problem in problems.iter().take(MOST) {
        error = error.cause(&problem.text);
    }
    if problems.len() > MOST {
        error = error.cause(format!("and {} more", problems.len() - MOST));
    }
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

impl Problem {
    pub(super) fn new(text: String) -> Problem {
        Problem { text, hint: None }
    }

    /// One with something to do about it.
    pub(super) fn hinted(text: String, hint: impl Into<Hint>) -> Problem {
        Problem { text, hint: Some(hint.into()) }
    }

    /// An import that hands out authority and can't be had by two guests apart.
    pub(super) fn main_only(surface: &Surface, item: &Item) -> Problem {
        let text = format!(
            "`{}` imports `{}`, which hands out authority and can't be granted to it apart from the main guest",
            surface.guest, item.name
        );
        Problem {
            text,
            hint: Some("build it for WASI 0.2, whose sockets can be granted to each guest".into()),
        }
    }

    /// An import that several guests could meet.
    pub(super) fn ambiguous<'a>(
        surface: &Surface,
        item: &Item,
        providers: impl Iterator<Item = &'a str>,
        why: &str,
    ) -> Problem {
        let names: Vec<String> = providers.map(|name| format!("`{name}`")).collect();
        let text = format!(
            "`{}` imports `{}`, for which {why} {}",
            surface.guest,
            item.name,
            names.join(" and ")
        );
        Problem {
            text,
            hint: Some(Hint::with(
                "choose one: {}, or a line under `[link]`",
                [Setting::Guest(Some(item.name.clone()))],
            )),
        }
    }

    /// Guests that import from each other in a circle.
    pub(super) fn cycle(surfaces: &[Surface], cycle: &[usize]) -> Problem {
        let names: Vec<String> =
            cycle.iter().map(|guest| format!("`{}`", surfaces[*guest].guest)).collect();
        Problem::hinted(
            format!("guests import from each other in a circle: {}", names.join(" → ")),
            "each guest is started after those it imports from: take what they both need into a guest of its own",
        )
    }
}

/// What to say where a guest is named that isn't there.
pub(super) fn guests_are(surfaces: &[Surface]) -> String {
    let names: Vec<String> =
        surfaces.iter().take(SHOWN).map(|surface| format!("`{}`", surface.guest)).collect();
    let more = surfaces.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("the guests are {}{more}", names.join(", "))
}

/// Choices about imports that nobody has, or of guests that aren't there.
pub(super) fn of_choices(surfaces: &[Surface], choices: &[LinkOverride]) -> Vec<Problem> {
    let mut problems = Vec::new();
    // What is the host's is said by the composition for each import that there is.
    for choice in choices.iter().filter(|choice| choice.provider != LinkOverride::HOST) {
        let names = || surfaces.iter().map(|surface| surface.guest.as_str());
        let mut known = true;
        for name in choice
            .guest
            .iter()
            .chain([&choice.provider])
            .filter(|name| names().all(|own| own != name.as_str()))
        {
            let near = nearest_of(name, names())
                .map(|near| format!("; is it `{near}`?"))
                .unwrap_or_default();
            problems.push(Problem {
                text: format!("a link names the guest `{name}`, which isn't there{near}"),
                hint: Some(guests_are(surfaces).into()),
            });
            known = false;
        }
        let importers = surfaces
            .iter()
            .filter(|surface| choice.guest.as_ref().is_none_or(|own| *own == surface.guest));
        let imports: Vec<(&Surface, &Item)> = importers
            .flat_map(|surface| surface.imports.iter().map(move |item| (surface, item)))
            .collect();
        if known && !imports.iter().any(|(surface, item)| choice.is_for(surface, item)) {
            let near = nearest_of(
                split(&choice.import).0,
                imports.iter().map(|(_, item)| item.name.as_str()),
            );
            let near =
                near.map(|near| format!("; the nearest import is `{near}`")).unwrap_or_default();
            let whose = choice
                .guest
                .as_deref()
                .map_or("no guest".to_owned(), |guest| format!("`{guest}` does not"));
            let verb = if choice.guest.is_some() { "import" } else { "imports" };
            let mut there: Vec<String> =
                imports.iter().take(SHOWN).map(|(_, item)| format!("`{}`", item.name)).collect();
            there.dedup();
            let hint = match there.as_slice() {
                [] => "leave the link out: nothing is imported there".to_owned(),
                there => format!(
                    "a link is `\"GUEST:IMPORT\" = \"GUEST\"`; what is imported there is {}",
                    there.join(", ")
                ),
            };
            problems.push(Problem {
                text: format!("a link is about `{}`, which {whose} {verb}{near}", choice.import),
                hint: Some(hint.into()),
            });
        }
        if known && choice.guest.as_ref() == Some(&choice.provider) {
            problems.push(Problem::hinted(
                format!("a link has `{}` meet its own import", choice.provider),
                "name the guest that exports it, after the `=`",
            ));
        }
    }
    problems
}

/// Functions that an export lacks, or has with another type.
pub(super) fn of_types(
    surfaces: &[Surface],
    (importer, import): (usize, &Item),
    (provider, export): (usize, &Item),
) -> Vec<Problem> {
    let (user, maker) = (&surfaces[importer].guest, &surfaces[provider].guest);
    let mut problems = Vec::new();
    for (name, wanted) in &import.functions {
        let whole = if import.plain {
            format!("`{name}`")
        } else {
            format!("`{name}` of `{}`", import.name)
        };
        match export.functions.get(name) {
            Some(offered) if offered == wanted => {}
            Some(offered) => problems.push(Problem {
                text: format!("`{user}` imports {whole} as `{wanted}`, but `{maker}` exports it as `{offered}`"),
                hint: of_generations(wanted, offered).map(Hint::from),
            }),
            None => {
                let near = nearest_of(name, export.functions.keys().map(String::as_str));
                let near = near.map(|near| format!("; the nearest is `{near}`")).unwrap_or_default();
                problems.push(Problem::new(format!("`{user}` imports {whole}, which `{maker}` doesn't export{near}")));
            }
        }
    }
    problems
}

/// What to do where two types differ as the generations of WASI do.
fn of_generations(wanted: &str, offered: &str) -> Option<String> {
    let third = |ty: &str| ["async ", "stream<", "future<"].iter().any(|word| ty.contains(word));
    (third(wanted) != third(offered)).then(|| {
        "`async func`, `stream<T>` and `future<T>` are of WASI 0.3; `func` and `input-stream` fit guests of both \
         generations, if both are built against the same WIT"
            .to_owned()
    })
}

/// Async functions that a guest waits for, though none of its own is async: the engine lets only
/// these wait.
pub(super) fn of_waits(surface: &Surface, import: &Item) -> Vec<Problem> {
    let is_async = |ty: &String| ty.starts_with("async ");
    if surface.exports.iter().any(|export| export.functions.values().any(is_async)) {
        return Vec::new();
    }
    let waited = |name: &String| surface.waits.contains(&(import.name.clone(), name.clone()));
    let waited = import.functions.iter().filter(|(name, ty)| is_async(ty) && waited(name));
    let problem = |(name, _): (&String, _)| {
        Problem {
        text: format!(
            "`{}` waits for `{name}` of `{}`, an `async func`, but exports no async function itself, and others may not wait",
            surface.guest, import.name
        ),
        hint: Some(format!(
            "build the caller with an async export (`main: async func`, `wasi:cli/run@{WASI_03}`), or the callee with a `func`"
        ).into()),
    }
    };
    waited.map(problem).collect()
}

/// An import that neither a guest nor the host meets.
pub(super) fn unmet(surfaces: &[Surface], importer: usize, item: &Item) -> Problem {
    let path = split(&item.name).0;
    let guest = &surfaces[importer].guest;
    // What a guest of a composition has for itself, which the host meets when it's run by itself.
    if let (false, Some(within)) = (item.plain, importing_guest(path)) {
        return Problem::hinted(
            format!(
                "`{guest}` is a composition with a guest `{within}` that has grants of its own, which a part of a graph can't have"
            ),
            Hint::with(
                "give the guests that it's made of: by {}, or in a manifest",
                [Setting::Guest(None)],
            ),
        );
    }
    let what = format!("`{guest}` imports `{}`", item.name);
    let others = surfaces.iter().enumerate().filter(|(index, _)| *index != importer);
    let exports: Vec<(&str, &Item)> = others
        .flat_map(|(_, other)| other.exports.iter().map(|export| (other.guest.as_str(), export)))
        .collect();
    let by_host = Interface::of_path(path);
    let same = exports.iter().filter(|(_, export)| split(&export.name).0 == path);
    let same: Vec<String> = same
        .map(|(guest, export)| match (export.plain, item.plain) {
            (true, false) => format!("`{guest}` exports a function by that name"),
            (false, true) => format!("`{guest}` exports an interface by that name"),
            _ => format!("`{guest}` exports `{}`", export.name),
        })
        .chain(by_host.map(|provided| format!("the host has `{provided}`")))
        .collect();
    if !same.is_empty() {
        return Problem::hinted(
            format!("{what}, which is not compatible: {}", same.join(", ")),
            "build one of them again against the version, and the form, of the other",
        );
    }
    let host = Interface::names().map(|name| -> &str { name });
    let near = nearest_of(path, exports.iter().map(|(_, export)| export.name.as_str()).chain(host));
    let whose = |near: &str| match exports.iter().find(|(_, export)| export.name == near) {
        Some((guest, _)) => format!(" of `{guest}`"),
        None => String::new(),
    };
    let near =
        near.map(|near| format!("; the nearest is `{near}`{}", whose(near))).unwrap_or_default();
    // A legacy module says no types by itself.
    let silent = surfaces.iter().enumerate();
    let silent = silent
        .skip(1)
        .find(|(index, other)| *index != importer && other.exports.is_empty())
        .map(|(_, other)| &other.guest);
    let hint = match silent {
        Some(silent) => untyped(silent),
        None => Hint::with(
            "add the guest that exports it: {}, or a table in the manifest",
            [Setting::Guest(None)],
        ),
    };
    Problem { text: format!("{what}, which nobody provides{near}"), hint: Some(hint) }
}

/// What to do about a guest without exports.
fn untyped(guest: &str) -> Hint {
    Hint::from(format!(
        "`{guest}` exports nothing with a type: if it's a legacy reactor, WIT says what it exports: `wit = \"FILE.wit\"` \
         in a manifest, or "
    ))
    .set(Setting::Types(None))
}

/// A guest that was chosen for an import and doesn't export it.
pub(super) fn not_exported(surface: &Surface, item: &Item, provider: &Surface) -> Problem {
    let near =
        nearest_of(split(&item.name).0, provider.exports.iter().map(|export| export.name.as_str()));
    let near = near.map(|near| format!("; the nearest is `{near}`")).unwrap_or_default();
    let exports: Vec<String> =
        provider.exports.iter().take(SHOWN).map(|export| format!("`{}`", export.name)).collect();
    let hint = match exports.as_slice() {
        [] => format!("`{}` exports nothing: name another guest", provider.guest),
        exports => format!("`{}` exports {}", provider.guest, exports.join(", ")),
    };
    Problem {
        text: format!(
            "`{}` is to meet `{}` of `{}`, but doesn't export it{near}",
            provider.guest, item.name, surface.guest
        ),
        hint: Some(hint.into()),
    }
}

/// A guest that the main one doesn't need.
pub(super) fn unused(surfaces: &[Surface], index: usize, surface: &Surface) -> Problem {
    let exports: Vec<String> =
        surface.exports.iter().take(4).map(|export| format!("`{}`", export.name)).collect();
    let text = match exports.as_slice() {
        [] => format!("nothing is imported from `{}`: it exports nothing", surface.guest),
        _ => format!(
            "nothing is imported from `{}`, which exports {}",
            surface.guest,
            exports.join(", ")
        ),
    };
    let legacy = surfaces.get(index).is_some_and(|own| own.exports.is_empty());
    let hint = if legacy { untyped(&surface.guest) } else { "leave it out".into() };
    Problem { text, hint: Some(hint) }
}
