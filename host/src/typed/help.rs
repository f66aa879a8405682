//! A guest's usage, made from its function's type and the comments in its WIT.

use std::fmt::Write;

use wasmtime::component::Type;

use crate::typed::docs::Docs;
use crate::typed::example::{describe, example};
use crate::typed::handle::Handle;
use crate::typed::signature::{Parameter, Signature};
use crate::typed::usage::{default_output, usage};

pub use crate::typed::words::asks_for_help as asked;

/// The usage of a function that is called as `command` (e.g. `forebay run shrink.wasm`), ending in
/// a newline. Comments come from the program, so whoever shows the text must escape it.
pub fn help(command: &str, signature: &Signature, docs: &Docs) -> String {
    let mut out = String::new();
    write(&mut out, command, signature, docs).expect("writing to a string doesn't fail");
    out
}

fn write(out: &mut String, command: &str, signature: &Signature, docs: &Docs) -> std::fmt::Result {
    if let Some(text) = docs.about(signature.short()) {
        writeln!(out, "{text}\n")?;
    }
    let words = usage(signature);
    let words = words.strip_prefix(signature.short()).unwrap_or(&words);
    writeln!(out, "usage: {command}{words}")?;
    let output = default_output(signature);
    if !signature.parameters.is_empty() {
        writeln!(out, "\nparameters:")?;
    }
    for (index, parameter) in signature.parameters.iter().enumerate() {
        let is_output = Some(index) == output;
        let name = if is_output { format!("-o, --{}", parameter.name) } else { spelled(parameter) };
        writeln!(out, "  {name}: {}", describe(&parameter.ty))?;
        if is_output {
            writeln!(
                out,
                "      where the output goes: a path, `-` or a URL [default: standard output]"
            )?;
        } else if let Some(text) = service(&parameter.ty) {
            writeln!(out, "      {text}")?;
        }
        for member in members(&parameter.ty) {
            if let Some(text) = docs.about(&member) {
                writeln!(out, "      {member}: {}", text.lines().next().unwrap_or_default())?;
            }
        }
    }
    match &signature.result {
        None => {}
        Some(ty) => {
            writeln!(out, "\nresult: {}", describe(ty))?;
            if output.is_none() {
                writeln!(
                    out,
                    "  goes to standard output; `-o FILE` writes it to a file, `--output json|wave` says how"
                )?;
            }
        }
    }
    Ok(())
}

fn spelled(parameter: &Parameter) -> String {
    match &parameter.ty {
        Type::Option(option) if option.ty() == Type::Bool => format!("--[no-]{}", parameter.name),
        Type::Option(_) | Type::Bool => format!("--{}", parameter.name),
        _ => parameter.name.clone(),
    }
}

/// How a value is written, where its type doesn't say so already.
fn service(ty: &Type) -> Option<String> {
    if let Some(handle) = Handle::of(ty) {
        return Some(handle.service());
    }
    match ty {
        Type::Option(option) => service(&option.ty()),
        Type::List(list) if list.ty() == Type::U8 => {
            Some("bytes: `@FILE`, `-` or a URL, read whole".to_owned())
        }
        Type::List(list) => Some(match Handle::of(&list.ty()) {
            Some(handle) => format!("any number of them, each {}", handle.service()),
            None => "any number of them".to_owned(),
        }),
        Type::Enum(names) => {
            Some(format!("one of: {}", names.names().collect::<Vec<_>>().join(", ")))
        }
        Type::Flags(names) => {
            Some(format!("any of, with commas: {}", names.names().collect::<Vec<_>>().join(", ")))
        }
        Type::Record(_) | Type::Tuple(_) | Type::Variant(_) | Type::Result(_) => {
            Some(format!("written as {}, as `json:…`, or `@FILE.json`", example(ty)))
        }
        _ => None,
    }
}

/// The names inside a type that a comment can be about.
fn members(ty: &Type) -> Vec<String> {
    match ty {
        Type::Option(option) => members(&option.ty()),
        Type::Enum(names) => names.names().map(str::to_owned).collect(),
        Type::Flags(names) => names.names().map(str::to_owned).collect(),
        Type::Record(record) => record.fields().map(|field| field.name.to_owned()).collect(),
        Type::Variant(variant) => variant.cases().map(|case| case.name.to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// The words that could come next, for a shell that completes: flags, choices of an enum, or
/// nothing, which means files.
pub fn completions(signature: &Signature, before: &[String]) -> Vec<String> {
    let named = |word: &str| {
        let name = word.strip_prefix("--")?;
        signature.parameters.iter().find(|parameter| parameter.name == name)
    };
    let choices = |ty: &Type| match ty {
        Type::Option(option) => names(&option.ty()),
        other => names(other),
    };
    if let Some(parameter) = before.last().and_then(|word| named(word))
        && !matches!(spelled(parameter).as_str(), name if name.starts_with("--[no-]"))
        && parameter.ty != Type::Bool
    {
        return choices(&parameter.ty);
    }
    let mut words = Vec::new();
    for parameter in &signature.parameters {
        match &parameter.ty {
            Type::Option(option) if option.ty() == Type::Bool => {
                words.extend([format!("--{}", parameter.name), format!("--no-{}", parameter.name)]);
            }
            _ => words.push(format!("--{}", parameter.name)),
        }
        if let ty @ (Type::Enum(_) | Type::Flags(_)) = &parameter.ty {
            words.extend(names(ty));
        }
    }
    words.extend(["-o", "--output", "--help"].map(str::to_owned));
    words.retain(|word| !before.contains(word));
    words
}

fn names(ty: &Type) -> Vec<String> {
    match ty {
        Type::Enum(names) => names.names().map(str::to_owned).collect(),
        Type::Flags(names) => names.names().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
