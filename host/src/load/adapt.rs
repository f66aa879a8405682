//! Wraps a core module into a component, in memory. The choice of adapter is made here and nowhere
//! else.

use std::path::Path;

use wasi_preview1_component_adapter_provider as official;
use wasmparser::Validator;
use wasmparser::types::EntityType;
use wit_component::{AdapterModuleDidNotExport, ComponentEncoder};

use crate::config::{Adapter, Legacy};
use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::load::binary;
use crate::load::detect::Form;
use crate::load::legacy;
use crate::load::module::{Dialect, Entry, Facts, PREVIEW0, PREVIEW1};

/// A component, and what the user should be told about it.
pub struct Adapted {
    /// The component's bytes.
    pub component: Vec<u8>,
    /// Socket functions that no dialect has: calls of them fail with `ENOSYS`.
    pub unknown_sockets: Vec<String>,
}

/// A text that changes whenever adapted programs do: part of the key under which they are cached.
pub fn adapter_name(adapter: Adapter) -> &'static str {
    match adapter {
        Adapter::Auto => {
            concat!("auto-48.0.8-", include_str!("../../../adapter/built/sources.sha256"))
        }
        Adapter::Forebay => include_str!("../../../adapter/built/sources.sha256"),
        Adapter::Official => "official-48.0.8",
    }
}

/// How many bytes of memory an adapted program has more than it asked for: our adapter's, below its
/// own.
pub fn headroom(form: Form, adapter: Adapter) -> u64 {
    match (form, adapter) {
        (Form::Module, Adapter::Auto | Adapter::Forebay) => u64::from(legacy::SHIFT),
        _ => 0,
    }
}

/// Makes a component of a module.
///
/// # Errors
/// `Class::Import` when it imports what no adapter provides, `Class::Program` when it can't be
/// wrapped for another reason.
pub(super) fn adapt(
    name: &str,
    bytes: &[u8],
    facts: &Facts,
    adapter: Adapter,
    options: &Legacy,
) -> Result<Adapted> {
    check_imports(name, facts, adapter)?;
    let legacy = facts.entry == Entry::Command || !facts.dialects.is_empty();
    match adapter {
        Adapter::Official => by_official(name, bytes, facts, legacy),
        _ if !legacy => by_official(name, bytes, facts, legacy),
        Adapter::Auto | Adapter::Forebay => match legacy::wrap(bytes, options) {
            // There is no place for our state, and the official adapter asks the engine for a page.
            Err(legacy::Error::Typed) if adapter == Adapter::Auto => {
                by_official(name, bytes, facts, legacy)
            }
            // What the encoder says of the module that it was given isn't said of the user's.
            Err(legacy::Error::Encode(why)) => Err(invalid(name, bytes, facts)
                .unwrap_or_else(|| not_wrapped(name, &legacy::Error::Encode(why)))),
            wrapped => wrapped
                .map(|wrapped| Adapted {
                    component: wrapped.component,
                    unknown_sockets: wrapped.unknown,
                })
                .map_err(|error| not_wrapped(name, &error)),
        },
    }
}

fn not_wrapped(name: &str, error: &legacy::Error) -> Error {
    let class = match error {
        legacy::Error::UnknownImports(_) | legacy::Error::Type { .. } => Class::Import,
        _ => Class::Program,
    };
    Error::new(class, format!("`{name}` can't be wrapped into a component"))
        .cause(error)
        .hint(error.hint())
}

/// What is wrong with a module by itself: it isn't valid, or its `_start` isn't a command's.
fn invalid(name: &str, bytes: &[u8], facts: &Facts) -> Option<Error> {
    let types = match Validator::new().validate_all(bytes) {
        Ok(types) => types,
        Err(error) => return Some(binary::malformed(name, &error)),
    };
    let start = types.as_ref().core_exports()?.find(|(export, _)| *export == "_start");
    let Some((_, EntityType::Func(ty))) = start else { return None };
    let ty = types[ty].unwrap_func();
    let is_plain = ty.params().is_empty() && ty.results().is_empty();
    (facts.entry == Entry::Command && !is_plain).then(|| {
        Error::new(Class::Program, format!("`{name}` has a `_start` that can't be run"))
            .cause("it has parameters or results, and that of a command has none")
            .hint(Hint::with(
                "export a function with parameters by another name; {} gives it a type",
                [Setting::Types(None)],
            ))
    })
}

fn without_world() -> Hint {
    Hint::with("leave out {} and {}", [Setting::Wit, Setting::World])
}

/// Embeds a world in a module that has none.
pub(super) fn lift(
    name: &str,
    bytes: &[u8],
    facts: Option<&Facts>,
    wit: &Path,
    world: Option<&str>,
) -> Result<Vec<u8>> {
    let cannot = |cause: &str, hint: Hint| {
        Err(Error::new(Class::Usage, format!("`{name}` can't be given a world"))
            .cause(cause)
            .hint(hint))
    };
    match facts {
        None => {
            return cannot("it is a component, which has one", without_world());
        }
        Some(facts) if facts.has_world => {
            return cannot("it carries one already", without_world());
        }
        Some(facts) if facts.entry == Entry::Command => {
            return cannot(
                "it is a command: it exports `_start`, after which nothing of it may be called",
                "build it as a reactor, e.g. with clang's `-mexec-model=reactor` or Go's `-buildmode=c-shared`"
                    .into(),
            );
        }
        Some(_) => {}
    }
    legacy::embed(bytes, wit, world).map_err(|error| {
        let class =
            if matches!(error, legacy::Error::World(_)) { Class::Usage } else { Class::Program };
        Error::new(class, format!("`{name}` can't be given the world of `{}`", wit.display()))
            .cause(&error)
            .hint(error.hint())
    })
}

fn by_official(name: &str, bytes: &[u8], facts: &Facts, legacy: bool) -> Result<Adapted> {
    let refused = |error: anyhow::Error| {
        invalid(name, bytes, facts).unwrap_or_else(|| refusal(name, facts, &error))
    };
    let mut encoder = ComponentEncoder::default().validate(true).module(bytes).map_err(refused)?;
    if legacy {
        let adapter = match facts.entry {
            Entry::Command => official::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            Entry::Reactor => official::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        };
        encoder = encoder.adapter(PREVIEW1, adapter).map_err(refused)?;
    }
    Ok(Adapted { component: encoder.encode().map_err(refused)?, unknown_sockets: Vec::new() })
}

/// Refuses imports that nobody provides, all of them at once, with what is known about where they
/// come from.
fn check_imports(name: &str, facts: &Facts, adapter: Adapter) -> Result<()> {
    let own = |import: &(String, String)| {
        adapter != Adapter::Official && facts.resources.contains(import)
    };
    let known = |module: &str| match module {
        PREVIEW1 => true,
        PREVIEW0 => adapter != Adapter::Official,
        // Names of interfaces, or of functions in the world that is embedded: the encoder knows.
        _ => module.contains(':') || (facts.has_world && !module.is_empty()),
    };
    let foreign: Vec<&(String, String)> =
        facts.imports.iter().filter(|import| !known(&import.0) && !own(import)).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> =
        foreign.iter().take(8).map(|(module, field)| format!("`{module}` `{field}`")).collect();
    let more = foreign.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let is = |module: &str| foreign.iter().any(|(own, _)| own == module);
    let hint = if is(PREVIEW0) {
        Hint::with(
            "it was built for preview 0, of 2019, which the official adapter doesn't have; leave out {}",
            [Setting::OfficialAdapter],
        )
    } else if !facts.resources.is_empty() && adapter == Adapter::Official {
        Hint::with(
            "it was built for Dagger or CommonWA, which the official adapter doesn't have; leave out {}",
            [Setting::OfficialAdapter],
        )
    } else if is("dagger") || is("cwa") {
        "Dagger and CommonWA have no such functions, or with other types".into()
    } else if is("wasi") {
        "it uses threads; build it without, e.g. for `wasm32-wasip1`".into()
    } else if foreign.iter().any(|(module, _)| module == "gojs" || module == "go") {
        "it was built for JavaScript hosts; build it with `GOOS=wasip1`".into()
    } else if foreign
        .iter()
        .any(|(module, _)| module.starts_with("wbg") || module.starts_with("__wbindgen"))
    {
        "it was built for JavaScript hosts (wasm-bindgen); build it for `wasm32-wasip1`".into()
    } else if foreign.iter().any(|(module, field)| module == "env" && field == "memory") {
        "it imports its memory; build it without `--import-memory`".into()
    } else if is("env") {
        "it was built for a host of its own, such as Emscripten's; build it for `wasm32-wasip1`"
            .into()
    } else {
        "build it for `wasm32-wasip1`, or as a component".into()
    };
    Err(Error::new(Class::Import, format!("`{name}` imports functions that nobody provides"))
        .cause(format!("no host provides {}{more}", shown.join(", ")))
        .hint(hint))
}

/// Says in our users' words why the encoder can't wrap a module.
fn refusal(name: &str, facts: &Facts, error: &anyhow::Error) -> Error {
    let cannot = Error::new(Class::Program, format!("`{name}` can't be wrapped into a component"));
    if error.is::<AdapterModuleDidNotExport>() {
        let missing = facts
            .imports
            .iter()
            .filter(|(module, field)| module == PREVIEW1 && !official_has(field));
        let missing: Vec<String> = missing.map(|(_, field)| format!("`{field}`")).collect();
        let cause = format!("the official adapter lacks {}", missing.join(", "));
        let hint = if facts.dialects.contains(&Dialect::Sockets) {
            Hint::with(
                "these are socket functions beyond the standard of preview 1; leave out {}",
                [Setting::OfficialAdapter],
            )
        } else {
            "preview 1 has no such function; build the program again with current tools".into()
        };
        return Error::new(
            Class::Import,
            format!("`{name}` imports functions that nobody provides"),
        )
        .cause(cause)
        .hint(hint);
    }
    let has_memory = facts.exports.iter().any(|(name, kind)| name == "memory" && *kind == "memory");
    if !has_memory && facts.dialects.contains(&Dialect::Preview1) {
        return cannot.cause("it uses preview 1 but exports no memory named `memory`").hint(
            "export it: `(export \"memory\" (memory 0))`, or the linker's `--export-memory`",
        );
    }
    cannot.chain(error.chain())
}

/// Whether the official adapter exports a function of preview 1.
fn official_has(field: &str) -> bool {
    use wasmparser::{Parser, Payload};
    Parser::new(0)
        .parse_all(official::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)
        .flatten()
        .filter_map(|payload| {
            if let Payload::ExportSection(section) = payload { Some(section) } else { None }
        })
        .any(|section| section.into_iter().flatten().any(|export| export.name == field))
}
