//! Meets a component's imports as the plan says, and finds where it starts. No guest code runs
//! here.

mod command;
mod handler;

use std::collections::BTreeSet;

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

use crate::capability;
use crate::edge::{self, Caller, CrossStoreImport};
use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::interfaces::{GuestImport, WASI_02, WASI_03};
use crate::load::is_toolchains;
use crate::names::edit_distance;
use crate::plan::Plan;
use crate::quote::shell;
use crate::typed::Signature;

/// A component whose imports are met, ready to be instantiated in any number of stores.
pub struct Instantiable<T: 'static> {
    /// What to instantiate.
    pub pre: InstancePre<T>,
    /// What is called to run it.
    pub entry: Entry,
    /// Guests of it that have imports under names of their own, in the order of their numbers.
    pub guests: Vec<String>,
}

/// How a program runs.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Through the function `run` of `wasi:cli/run`.
    Run {
        /// The function.
        function: ComponentExportIndex,
        /// Whether it's the async function of WASI 0.3.
        concurrent: bool,
    },
    /// It exports nothing: instantiating it is all (a legacy reactor).
    Instantiate,
    /// Through the function `handle` of `wasi:http`, once for each request.
    Http {
        /// The function.
        function: ComponentExportIndex,
        /// Whether it's the async function of WASI 0.3.
        concurrent: bool,
    },
    /// By calling a function of its own, with typed arguments.
    Call {
        /// The function.
        function: ComponentExportIndex,
        /// Its name and type.
        signature: Signature,
    },
}

/// What of a program is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Its main: `wasi:cli/run`, else its only function, else one named `main` or `run`.
    Main,
    /// The function that this names, whole or in short: `ns:pkg/interface@version#f`,
    /// `interface.f`, `f`.
    Function(&'a str),
    /// What answers requests, if it exports that; else its main.
    Service,
    /// What it exports, called by other guests.
    Exports,
}

/// The names of a component's imports, in its own order. Types are left out: a world that uses an
/// interface's types in functions of its own imports them once more by themselves, and they are met
/// with the interface.
pub fn imports(component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let is_type =
        |item: &ComponentItem| matches!(item, ComponentItem::Type(_) | ComponentItem::Resource(_));
    let is_own = |name: &str, implements: Option<&str>| {
        implements.and_then(|text| GuestImport::read(name, text)).is_some()
    };
    let imports = ty.imports(component.engine());
    let imports =
        imports.filter(|(name, import)| !is_type(&import.ty) && !is_own(name, import.implements));
    imports.map(|(name, _)| name.to_owned()).collect()
}

/// Whether a component is run, and not called: it exports `wasi:cli/run`, or nothing.
pub fn is_command(component: &Component) -> bool {
    let exports = exports(component);
    exports.is_empty() || exports.iter().any(|export| export.starts_with("wasi:cli/run@"))
}

/// Whether a component imports the functions that open files in directories.
pub fn opens_files(component: &Component) -> bool {
    let (ty, engine) = (component.component_type(), component.engine());
    let mut imports = ty.imports(engine);
    imports.any(|(name, import)| match import.ty {
        ComponentItem::ComponentInstance(instance)
            if name.starts_with("wasi:filesystem/types@") =>
        {
            instance.exports(engine).any(|(name, _)| name == "[method]descriptor.open-at")
        }
        _ => false,
    })
}

/// What guests of a composition import under names of their own.
pub fn own_imports(component: &Component) -> BTreeSet<GuestImport> {
    let ty = component.component_type();
    let imports = ty.imports(component.engine());
    imports.filter_map(|(name, import)| GuestImport::read(name, import.implements?)).collect()
}

/// Links the component `name` with the capabilities that `plan` lists, and with the guests in
/// other stores that meet `cross_store`.
///
/// # Errors
/// `Class::Import` when an import's functions have other types than the host's, `Class::NotFound`
/// when there is nothing to run, or no such function, `Class::Usage` when a short name fits
/// several.
pub fn link<T: Caller>(
    name: &str,
    component: &Component,
    (plan, cross_store): (&Plan, &[CrossStoreImport]),
    wanted: Wanted<'_>,
) -> Result<Instantiable<T>> {
    let fault = |error: wasmtime::Error| {
        Error::new(Class::Host, "cannot set up the host's interfaces").chain(error.chain())
    };
    let mut linker = Linker::new(component.engine());
    capability::link(&mut linker, plan).map_err(fault)?;
    edge::link(&mut linker, component, cross_store).map_err(fault)?;
    let pre = linker.instantiate_pre(component).map_err(|error| {
        Error::new(
            Class::Import,
            format!("the imports of `{name}` don't fit what the host provides"),
        )
        .chain(error.chain())
        .hint(format!("build it again against WASI {WASI_02} or {WASI_03}"))
    })?;
    let handler = match wanted {
        Wanted::Service => handler::function(name, component)?,
        _ => None,
    };
    let entry = match wanted {
        Wanted::Service if handler.is_some() => {
            let (function, concurrent) = handler.expect("it was just looked at");
            Entry::Http { function, concurrent }
        }
        Wanted::Main | Wanted::Service => match entry(name, component)? {
            Some(entry) => entry,
            None => main(name, &exports(component), functions(&linker, component).map_err(fault)?)?,
        },
        Wanted::Function(text) => named(name, text, functions(&linker, component).map_err(fault)?)?,
        Wanted::Exports => Entry::Instantiate,
    };
    Ok(Instantiable { pre, entry, guests: plan.guests() })
}

/// A program's own entry, if it is a command, or exports nothing.
fn entry(name: &str, component: &Component) -> Result<Option<Entry>> {
    if exports(component).is_empty() {
        return Ok(Some(Entry::Instantiate));
    }
    let run = command::function(name, component)?;
    Ok(run.map(|(function, concurrent)| Entry::Run { function, concurrent }))
}

fn exports(component: &Component) -> Vec<String> {
    component
        .component_type()
        .exports(component.engine())
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Every function that a component exports, by itself or in an interface, with the host's resources
/// in its type. Methods aren't among them: they need a resource that only the component can make.
fn functions<T: 'static>(
    linker: &Linker<T>,
    component: &Component,
) -> wasmtime::Result<Vec<Entry>> {
    let engine = component.engine();
    let ty = linker.substituted_component_type(component)?;
    let mut found = Vec::new();
    let mut add = |interface: Option<(&str, &ComponentExportIndex)>,
                   name: &str,
                   ty: &ComponentFunc| {
        let whole = interface
            .map_or_else(|| name.to_owned(), |(interface, _)| format!("{interface}#{name}"));
        if name.starts_with('[') || is_toolchains(name) || is_toolchains(&whole) {
            return;
        }
        if let Some(function) = component.get_export_index(interface.map(|(_, index)| index), name)
        {
            found.push(Entry::Call { function, signature: Signature::new(&whole, ty) });
        }
    };
    for (name, export) in ty.exports(engine) {
        match export.ty {
            ComponentItem::ComponentFunc(ty) => add(None, name, &ty),
            ComponentItem::ComponentInstance(instance) => {
                let Some(index) = component.get_export_index(None, name) else { continue };
                for (function, item) in instance.exports(engine) {
                    if let ComponentItem::ComponentFunc(ty) = item.ty {
                        add(Some((name, &index)), function, &ty);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

fn signature(entry: &Entry) -> &Signature {
    match entry {
        Entry::Call { signature, .. } => signature,
        _ => unreachable!("only functions are listed"),
    }
}

/// The function that stands for the whole program.
fn main(name: &str, exports: &[String], mut functions: Vec<Entry>) -> Result<Entry> {
    // A command for a draft of WASI isn't a function that happens to be alone, nor is what answers
    // requests.
    functions.retain(|entry| !signature(entry).name.starts_with("wasi:"));
    // Some toolchains call what makes a program ready so.
    if functions.len() > 1 {
        functions.retain(|entry| signature(entry).name != "init");
    }
    if functions.len() == 1 {
        return Ok(functions.remove(0));
    }
    let position =
        |wanted: &str| functions.iter().position(|entry| signature(entry).short() == wanted);
    match position("main").or_else(|| position("run")) {
        Some(index) => Ok(functions.remove(index)),
        None if functions.is_empty() => Err(nothing_to_run(name, exports)),
        None => Err(Error::new(
            Class::NotFound,
            format!("`{name}` has several functions, and none is named `main` or `run`"),
        )
        .cause(format!("it exports {}", listed(&functions)))
        .hint(format!(
            "name one: `forebay call {} {} ARGS…`",
            shell(name),
            shell(signature(&functions[0]).short())
        ))),
    }
}

/// The function that `text` names.
fn named(name: &str, text: &str, mut functions: Vec<Entry>) -> Result<Entry> {
    let (interface, short) = match text.rsplit_once(['#', '.']) {
        Some((interface, short)) => (Some(interface), short),
        None => (None, text),
    };
    let fits = |entry: &Entry| {
        let own = signature(entry);
        let own_interface = own.name.rsplit_once('#').map(|(interface, _)| interface);
        let bare = own_interface.map(|own| own.split('@').next().unwrap_or(own));
        let last = bare.and_then(|bare| bare.rsplit('/').next());
        own.short() == short
            && (interface.is_none() || [own_interface, bare, last].contains(&interface))
    };
    let whole = functions.iter().position(|entry| signature(entry).name == text);
    let fitting: Vec<usize> =
        (0..functions.len()).filter(|index| fits(&functions[*index])).collect();
    match (whole, fitting.as_slice()) {
        (Some(index), _) | (None, &[index]) => Ok(functions.remove(index)),
        (None, []) => {
            let error = Error::new(Class::NotFound, format!("`{name}` has no function `{text}`"));
            let near = functions
                .iter()
                .map(|entry| signature(entry).short())
                .min_by_key(|own| edit_distance(own, short));
            match near {
                None => Err(error.cause("it exports no functions").hint("see `forebay inspect`")),
                Some(near) => Err(error
                    .cause(format!("it exports {}", listed(&functions)))
                    .hint(format!("is it `{near}`?"))),
            }
        }
        (None, several) => {
            let several: Vec<Entry> =
                several.iter().map(|index| functions[*index].clone()).collect();
            Err(Error::new(Class::Usage, format!("`{text}` names several functions of `{name}`"))
                .cause(format!("there are {}", listed(&several)))
                .hint("give the whole name"))
        }
    }
}

fn listed(functions: &[Entry]) -> String {
    let names: Vec<String> =
        functions.iter().take(12).map(|entry| format!("`{}`", signature(entry).name)).collect();
    let more = functions.len().saturating_sub(12);
    if more > 0 { format!("{} and {more} more", names.join(", ")) } else { names.join(", ") }
}

/// Why a module that does nothing when it's run isn't run, nor one of its `functions` called.
pub fn idle(name: &str, functions: &[String], wanted: Wanted<'_>) -> Error {
    let what = match wanted {
        Wanted::Function(text) => format!("`{name}` has no function `{text}` with a type"),
        Wanted::Main | Wanted::Service | Wanted::Exports => {
            format!("`{name}` has nothing that could be run")
        }
    };
    let error = Error::new(Class::NotFound, what);
    if functions.is_empty() {
        return error
            .cause("it exports neither `_start` nor another function")
            .hint("a program exports `_start`; is it linked as one? see `forebay inspect`");
    }
    let shown: Vec<String> = functions.iter().take(8).map(|export| format!("`{export}`")).collect();
    let more = functions.len().saturating_sub(8);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    error
        .cause(format!(
            "it's a module without `_start`; it exports {}{more}, whose types WIT must say",
            shown.join(", ")
        ))
        .hint(
            Hint::with("{} gives them types; then ", [Setting::Types(Some(name.to_owned()))])
                .then(format!("`forebay call typed.wasm {} ARGS…`", functions[0])),
        )
}

fn nothing_to_run(name: &str, exports: &[String]) -> Error {
    if let Some(handler) = exports.iter().find(|export| handler::is_handler(export)) {
        return Error::new(Class::NotFound, format!("`{name}` answers HTTP requests"))
            .cause(format!(
                "it exports `{handler}` and no main: a server calls it for each request"
            ))
            .hint(format!("serve it: `forebay serve {}`", shell(name)));
    }
    let shown: Vec<String> = exports.iter().take(8).map(|export| format!("`{export}`")).collect();
    let draft = exports.iter().any(|export| export.starts_with("wasi:cli/run@"));
    Error::new(Class::NotFound, format!("`{name}` has nothing that could be run"))
        .cause(format!("it exports {}", shown.join(", ")))
        .hint(if draft {
            "it was built for a release candidate of WASI; build it again for 0.2.x or 0.3.0"
        } else {
            "a program exports `wasi:cli/run@0.2.x` or `wasi:cli/run@0.3.0`, or functions; see `forebay inspect`"
        })
}
