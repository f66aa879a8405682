//! Fields of records as people write them: a name that isn't one of the type's is a slip, and never
//! dropped.

use wasmtime::component::types::Record;
use wasmtime::component::wasm_wave::ast::Node;
use wasmtime::component::{Type, Val};

use crate::names::nearest_of;

/// Refuses names that the record hasn't.
///
/// # Errors
/// Which one, and the nearest that the record has.
pub(super) fn check<'a>(
    record: &Record,
    mut given: impl Iterator<Item = &'a str>,
) -> Result<(), String> {
    let has = |name: &str| record.fields().any(|field| field.name == name);
    let Some(extra) = given.find(|name| !has(name)) else { return Ok(()) };
    let near = nearest_of(extra, record.fields().map(|field| field.name));
    let near = near.map(|near| format!("; is it `{near}`?")).unwrap_or_default();
    Err(format!("it has no field `{extra}`{near}"))
}

/// [`check`], for every record in a value that is written in WAVE. What else is wrong with the
/// value is for whoever reads it.
///
/// # Errors
/// As there, with the fields on the way to it.
pub(super) fn check_all(ty: &Type, node: &Node, source: &str) -> Result<(), String> {
    if !holds_record(ty) {
        return Ok(());
    }

    let payload = |ty: Option<Type>, node: Option<&Node>| match (ty, node) {
        (Some(ty), Some(node)) => check_all(&ty, node, source),
        _ => Ok(()),
    };
    match ty {
        Type::Record(record) => {
            let Ok(fields) = node.as_record(source) else { return Ok(()) };
            let given: Vec<(&str, &Node)> = fields.collect();
            check(record, given.iter().map(|(name, _)| *name))?;
            given.iter().try_for_each(|(name, node)| {
                let field = record.fields().find(|field| field.name == *name);
                let checked = payload(field.map(|field| field.ty), Some(node));
                checked.map_err(|why| format!("`{name}`: {why}"))
            })
        }
        Type::List(list) => match node.as_list() {
            Ok(mut nodes) => nodes.try_for_each(|node| check_all(&list.ty(), node, source)),
            Err(_) => Ok(()),
        },
        Type::Tuple(tuple) => match node.as_tuple() {
            Ok(nodes) => {
                tuple.types().zip(nodes).try_for_each(|(ty, node)| check_all(&ty, node, source))
            }
            Err(_) => Ok(()),
        },
        Type::Option(option) => match node.as_option() {
            Ok(inner) => payload(Some(option.ty()), inner),
            // `some` may be left out.
            Err(_) => check_all(&option.ty(), node, source),
        },
        Type::Result(result) => match node.as_result() {
            Ok(Ok(inner)) => payload(result.ok(), inner),
            Ok(Err(inner)) => payload(result.err(), inner),
            // So may `ok`.
            Err(_) => payload(result.ok(), Some(node)),
        },
        Type::Variant(variant) => match node.as_variant(source) {
            Ok((name, inner)) => {
                let case = variant.cases().find(|case| case.name == name);
                payload(case.and_then(|case| case.ty), inner)
            }
            Err(_) => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A record's value without one of its fields, which may be missing if it's an option.
///
/// # Errors
/// When it isn't one.
pub(super) fn missing(name: &str, ty: &Type) -> Result<Val, String> {
    match ty {
        Type::Option(_) => Ok(Val::Option(None)),
        _ => Err(format!("the field `{name}` is missing")),
    }
}

fn holds_record(ty: &Type) -> bool {
    match ty {
        Type::Record(_) => true,
        Type::List(list) => holds_record(&list.ty()),
        Type::Option(option) => holds_record(&option.ty()),
        Type::Tuple(tuple) => tuple.types().any(|ty| holds_record(&ty)),
        Type::Variant(variant) => {
            variant.cases().any(|case| case.ty.is_some_and(|ty| holds_record(&ty)))
        }
        Type::Result(result) => {
            [result.ok(), result.err()].into_iter().flatten().any(|ty| holds_record(&ty))
        }
        _ => false,
    }
}
