//! A module with a world of its own: puts one into a module that has none, and says whether its
//! types follow pointers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use wasm_encoder::{CustomSection, Section};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::{StringEncoding, WitPrinter};
use wit_parser::{Function, Resolve, Type, TypeDefKind, WorldId, WorldItem};

use super::error::Error;
use super::rename;
use crate::load::comments;

/// Gives a module the world `world`, or the only one, of the WIT package at `wit`, a file or a
/// directory.
///
/// A function that the world exports may have its plain name in the module, with `_` or in camel
/// case where WIT has `-`.
///
/// # Errors
/// When the package can't be read, or the module lacks a function that the world exports.
pub fn embed(core: &[u8], wit: &Path, world: Option<&str>) -> Result<Vec<u8>, Error> {
    let package = |error: anyhow::Error| Error::World(format!("{error:#}"));
    let mut resolve = Resolve::default();
    let pushed = resolve.push_path(wit);
    let (id, _) = pushed.map_err(|error| Error::World(located(&error, &resolve)))?;
    let world = resolve.select_world(&[id], world).map_err(package)?;
    let mut module = rename::exports(core, &spellings(&exports(core)?, &resolve, world)?)?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(package)?;
    // The world's types carry no comments.
    let mut printer = WitPrinter::default();
    printer.print(&resolve, id, &[]).map_err(package)?;
    let (name, text) = (comments::SECTION.into(), printer.output.to_string());
    CustomSection { name, data: text.into_bytes().into() }.append_to(&mut module);
    Ok(module)
}

/// What is wrong with a package, with its line where there is one.
pub fn located(error: &anyhow::Error, resolve: &Resolve) -> String {
    let parsed = error.downcast_ref::<wit_parser::ParseError>();
    let resolved = error.downcast_ref::<wit_parser::ResolveError>();
    parsed
        .map(|error| error.render(&resolve.source_map))
        .or_else(|| resolved.map(|error| error.render(&resolve.source_map)))
        .unwrap_or_else(|| format!("{error:#}"))
}

/// The names of the functions that a module exports.
fn exports(core: &[u8]) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(core) {
        if let Payload::ExportSection(section) = payload? {
            for export in section {
                let export = export?;
                if export.kind == ExternalKind::Func {
                    names.insert(export.name.to_owned());
                }
            }
        }
    }
    Ok(names)
}

/// For each export that is to get the name by which the canonical ABI knows it: its own name and
/// that one.
fn spellings(
    own: &BTreeSet<String>,
    resolve: &Resolve,
    world: WorldId,
) -> Result<BTreeMap<String, String>, Error> {
    const AFTERWARDS: &str = "cabi_post_";
    let mut renamed = BTreeMap::new();
    let mut missing = Vec::new();
    for (prefix, function) in functions(resolve, &resolve.worlds[world].exports) {
        let wanted = format!("{prefix}{}", function.name);
        if own.contains(&wanted) {
            continue;
        }
        let plain =
            [function.name.clone(), function.name.replace('-', "_"), camel_case(&function.name)];
        match plain.into_iter().find(|name| own.contains(name)) {
            Some(name) => {
                renamed.insert(format!("{AFTERWARDS}{name}"), format!("{AFTERWARDS}{wanted}"));
                renamed.insert(name, wanted);
            }
            None => missing.push(function.name.clone()),
        }
    }
    if missing.is_empty() { Ok(renamed) } else { Err(Error::NotExported(missing)) }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut done, word| {
        let mut letters = word.chars();
        done.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        done + letters.as_str()
    })
}

/// Every function of a world's imports or exports, with what stands before its name.
fn functions<'a>(
    resolve: &'a Resolve,
    items: &'a wit_parser::IndexMap<wit_parser::WorldKey, WorldItem>,
) -> Vec<(String, &'a Function)> {
    let mut found = Vec::new();
    for (key, item) in items {
        match item {
            WorldItem::Function(function) => found.push((String::new(), function)),
            WorldItem::Interface { id, .. } => {
                let prefix = format!("{}#", resolve.name_world_key(key));
                found.extend(
                    resolve.interfaces[*id]
                        .functions
                        .values()
                        .map(|function| (prefix.clone(), function)),
                );
            }
            WorldItem::Type { .. } => {}
        }
    }
    found
}

/// Whether some function of the world that a module carries passes anything through memory.
///
/// # Errors
/// When the world can't be read.
pub fn uses_memory(core: &[u8]) -> Result<bool, Error> {
    let (_, bindgen) = wit_component::metadata::decode(core)
        .map_err(|error| Error::World(format!("{error:#}")))?;
    let (resolve, world) = (&bindgen.resolve, &bindgen.resolve.worlds[bindgen.world]);
    let mut all = functions(resolve, &world.imports);
    all.extend(functions(resolve, &world.exports));
    Ok(all.into_iter().any(|(_, function)| {
        let types = function.params.iter().map(|param| param.ty).chain(function.result);
        // More words than a function can take or give at once go through memory too, whatever they
        // are.
        let words: usize = types.clone().map(|ty| words(resolve, ty)).sum();
        let result: usize = function.result.map_or(0, |ty| self::words(resolve, ty));
        words - result > 16
            || result > 1
            || types.into_iter().any(|ty| points(resolve, ty))
            || function.kind.is_async()
    }))
}

/// Whether a value of this type has a pointer, or is one of what only async functions use.
fn points(resolve: &Resolve, ty: Type) -> bool {
    let Type::Id(id) = ty else { return matches!(ty, Type::String | Type::ErrorContext) };
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => record.fields.iter().any(|field| points(resolve, field.ty)),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| points(resolve, *ty)),
        TypeDefKind::Variant(variant) => {
            variant.cases.iter().filter_map(|case| case.ty).any(|ty| points(resolve, ty))
        }
        TypeDefKind::Result(result) => {
            [result.ok, result.err].into_iter().flatten().any(|ty| points(resolve, ty))
        }
        TypeDefKind::Option(ty) | TypeDefKind::Type(ty) | TypeDefKind::FixedLengthList(ty, _) => {
            points(resolve, *ty)
        }
        TypeDefKind::Handle(_)
        | TypeDefKind::Resource
        | TypeDefKind::Flags(_)
        | TypeDefKind::Enum(_) => false,
        TypeDefKind::List(_)
        | TypeDefKind::Map(..)
        | TypeDefKind::Future(_)
        | TypeDefKind::Stream(_) => true,
        TypeDefKind::Unknown => true,
    }
}

/// How many core values a value without pointers is made of, or more.
fn words(resolve: &Resolve, ty: Type) -> usize {
    let Type::Id(id) = ty else { return 1 };
    let all =
        |types: &mut dyn Iterator<Item = Type>| types.map(|ty| words(resolve, ty)).sum::<usize>();
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => all(&mut record.fields.iter().map(|field| field.ty)),
        TypeDefKind::Tuple(tuple) => all(&mut tuple.types.iter().copied()),
        TypeDefKind::Variant(variant) => {
            1 + all(&mut variant.cases.iter().filter_map(|case| case.ty))
        }
        TypeDefKind::Result(result) => 1 + all(&mut [result.ok, result.err].into_iter().flatten()),
        TypeDefKind::Option(ty) => 1 + words(resolve, *ty),
        TypeDefKind::Type(ty) => words(resolve, *ty),
        TypeDefKind::FixedLengthList(ty, len) => words(resolve, *ty).saturating_mul(*len as usize),
        TypeDefKind::Flags(flags) => flags.flags.len().div_ceil(32),
        _ => 1,
    }
}
