//! WAVE, the component model's text form of values, with one thing added: where a handle is wanted,
//! a string names what is opened.

use wasmtime::component::wasm_wave;
use wasmtime::component::wasm_wave::ast::Node;
use wasmtime::component::wasm_wave::untyped::{UntypedFuncCall, UntypedValue};
use wasmtime::component::{Type, Val};

use crate::nesting::is_too_deep;
use crate::typed::argument::Argument;
use crate::typed::handle::{Handle, holds};
use crate::typed::open::open;
use crate::typed::record;

/// What is said of text that the parser could run out of stack at.
const TOO_DEEP: &str = "its brackets lie too deep inside each other";

/// Reads WAVE text as a value of the type.
///
/// # Errors
/// Why it isn't one.
pub(super) fn parse(ty: &Type, source: &str) -> Result<Argument, String> {
    if is_too_deep(source) {
        return Err(TOO_DEEP.to_owned());
    }
    let value = UntypedValue::parse(source).map_err(|error| error.to_string())?;
    walk(ty, value.node(), source)
}

/// Reads `f(1, "a")`.
///
/// # Errors
/// Why it isn't a call.
pub(super) fn call(source: &str) -> Result<UntypedFuncCall<'_>, String> {
    if is_too_deep(source) {
        return Err(TOO_DEEP.to_owned());
    }
    UntypedFuncCall::parse(source).map_err(|error| error.to_string())
}

/// The arguments of a call written as `f(1, "a")`; options at the end may be left out.
///
/// # Errors
/// The index of the parameter that is wrong, and why; the number of parameters, where that is.
pub(super) fn arguments(
    types: &[&Type],
    call: &UntypedFuncCall<'_>,
) -> Result<Vec<Argument>, (usize, String)> {
    let nodes: Vec<&Node> = match call.params_node() {
        Some(node) => node.as_tuple().map_err(|error| (0, error.to_string()))?.collect(),
        None => Vec::new(),
    };
    if nodes.len() > types.len() {
        return Err((
            types.len(),
            format!("{} values are given, and it has {} parameters", nodes.len(), types.len()),
        ));
    }
    let argument = |(index, ty): (usize, &&Type)| match (nodes.get(index), ty) {
        (Some(node), ty) => walk(ty, node, call.source()).map_err(|why| (index, why)),
        (None, Type::Option(_)) => Ok(Argument::Value(Val::Option(None))),
        (None, _) => Err((index, "it is missing".to_owned())),
    };
    types.iter().enumerate().map(argument).collect()
}

fn walk(ty: &Type, node: &Node, source: &str) -> Result<Argument, String> {
    let text = |error: wasm_wave::parser::ParserError| error.to_string();
    if let Some(handle) = Handle::of(ty) {
        let word = node
            .as_str(source)
            .map_err(|_| format!("a {} is written as a string: a path or a URL", handle.name()))?;
        return open(ty, handle, &word);
    }
    if !holds(ty) {
        record::check_all(ty, node, source)?;
        return node.to_wasm_value::<Val>(ty, source).map(Argument::Value).map_err(text);
    }
    let payload = |ty: Option<Type>, node: Option<&Node>| match (ty, node) {
        (Some(ty), Some(node)) => walk(&ty, node, source).map(|inner| Some(Box::new(inner))),
        (None, None) => Ok(None),
        (Some(_), None) => Err("its payload is missing".to_owned()),
        (None, Some(_)) => Err("it has no payload".to_owned()),
    };
    match ty {
        Type::List(list) => {
            let nodes = node.as_list().map_err(text)?;
            nodes
                .map(|node| walk(&list.ty(), node, source))
                .collect::<Result<_, _>>()
                .map(Argument::List)
        }
        Type::Tuple(tuple) => {
            let nodes: Vec<_> = node.as_tuple().map_err(text)?.collect();
            if nodes.len() != tuple.types().len() {
                return Err(format!(
                    "it has {} parts and not {}",
                    nodes.len(),
                    tuple.types().len()
                ));
            }
            let parts = tuple.types().zip(nodes).map(|(ty, node)| walk(&ty, node, source));
            parts.collect::<Result<_, _>>().map(Argument::Tuple)
        }
        Type::Record(record) => {
            let given: Vec<(&str, &Node)> = node.as_record(source).map_err(text)?.collect();
            record::check(record, given.iter().map(|(name, _)| *name))?;
            let field = |field: wasmtime::component::types::Field<'_>| {
                let argument = match given.iter().find(|(name, _)| *name == field.name) {
                    Some((_, node)) => walk(&field.ty, node, source)
                        .map_err(|why| format!("`{}`: {why}", field.name))?,
                    None => Argument::Value(record::missing(field.name, &field.ty)?),
                };
                Ok((field.name.to_owned(), argument))
            };
            record.fields().map(field).collect::<Result<_, _>>().map(Argument::Record)
        }
        Type::Option(option) => match node.as_option() {
            Ok(Some(inner)) => walk(&option.ty(), inner, source).map(Argument::some),
            Ok(None) => Ok(Argument::Value(Val::Option(None))),
            // `some` may be left out.
            Err(_) => walk(&option.ty(), node, source).map(Argument::some),
        },
        Type::Result(result) => match node.as_result().map_err(text)? {
            Ok(ok) => Ok(Argument::Result(Ok(payload(result.ok(), ok)?))),
            Err(err) => Ok(Argument::Result(Err(payload(result.err(), err)?))),
        },
        Type::Variant(variant) => {
            let (name, inner) = node.as_variant(source).map_err(text)?;
            let case = variant
                .cases()
                .find(|case| case.name == name)
                .ok_or_else(|| format!("there is no case `{name}`"))?;
            Ok(Argument::Variant(name.to_owned(), payload(case.ty, inner)?))
        }
        _ => Err("it can't be written as text".to_owned()),
    }
}
