//! How a function is called in words, as one line, and which parameters are special there.

use wasmtime::component::Type;

use crate::typed::handle::Handle;
use crate::typed::signature::Signature;

/// `name <a> <b> [--c <c>]`.
pub(super) fn usage(signature: &Signature) -> String {
    let mut text = signature.short().to_owned();
    let output = default_output(signature);
    for (index, parameter) in signature.parameters.iter().enumerate() {
        let name = &parameter.name;
        text.push_str(&match &parameter.ty {
            Type::Option(option) if option.ty() == Type::Bool => format!(" [--[no-]{name}]"),
            Type::Option(_) => format!(" [--{name} <{name}>]"),
            Type::Bool => format!(" [--{name}]"),
            Type::List(list) if list.ty() != Type::U8 => format!(" [<{name}>…]"),
            _ if Some(index) == output => format!(" [-o <{name}>]"),
            _ => format!(" <{name}>"),
        });
    }
    text
}

/// The parameter that is the output unless it's given a word: the first `output-stream`.
pub(super) fn default_output(signature: &Signature) -> Option<usize> {
    signature
        .parameters
        .iter()
        .position(|parameter| Handle::of(&parameter.ty) == Some(Handle::Output))
}

/// Whether a parameter is a switch: named, it needs no word.
pub(super) fn is_bool(ty: &Type) -> bool {
    match ty {
        Type::Bool => true,
        Type::Option(option) => option.ty() == Type::Bool,
        _ => false,
    }
}

/// Whether a parameter takes several words. Bytes are one.
pub(super) fn is_list(ty: &Type) -> bool {
    match ty {
        Type::List(list) => list.ty() != Type::U8,
        Type::Option(option) => is_list(&option.ty()),
        _ => false,
    }
}
