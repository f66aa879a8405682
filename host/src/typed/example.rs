//! A type in words, and an example of how a value of it is written: for errors and help.

use wasmtime::component::Type;

use crate::typed::handle::Handle;

/// How deep a type is spelled out before `…`.
const DEPTH: usize = 3;

/// The type, in WIT's words; names of records and variants aren't in a component's types, so they
/// are spelled out.
pub fn describe(ty: &Type) -> String {
    spell(ty, DEPTH)
}

fn spell(ty: &Type, depth: usize) -> String {
    if let Some(handle) = Handle::of(ty) {
        return match ty {
            Type::Borrow(_) => format!("borrow<{}>", handle.name()),
            _ => handle.name().to_owned(),
        };
    }
    if depth == 0 {
        return "…".to_owned();
    }
    let inner = |ty: &Type| spell(ty, depth - 1);
    let list = |items: Vec<String>| items.join(", ");
    let maybe = |ty: Option<Type>| ty.map_or("_".to_owned(), |ty| inner(&ty));
    match ty {
        Type::Bool => "bool".into(),
        Type::S8 => "s8".into(),
        Type::U8 => "u8".into(),
        Type::S16 => "s16".into(),
        Type::U16 => "u16".into(),
        Type::S32 => "s32".into(),
        Type::U32 => "u32".into(),
        Type::S64 => "s64".into(),
        Type::U64 => "u64".into(),
        Type::Float32 => "f32".into(),
        Type::Float64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::List(element) => format!("list<{}>", inner(&element.ty())),
        Type::FixedLengthList(element) => {
            format!("list<{}, {}>", inner(&element.ty()), element.len())
        }
        Type::Map(map) => format!("map<{}, {}>", inner(&map.key()), inner(&map.value())),
        Type::Option(option) => format!("option<{}>", inner(&option.ty())),
        Type::Tuple(tuple) => {
            format!("tuple<{}>", list(tuple.types().map(|ty| inner(&ty)).collect()))
        }
        Type::Record(record) => {
            let fields =
                record.fields().map(|field| format!("{}: {}", field.name, inner(&field.ty)));
            format!("record {{ {} }}", list(fields.collect()))
        }
        Type::Variant(variant) => {
            let cases = variant.cases().map(|case| match &case.ty {
                Some(ty) => format!("{}({})", case.name, inner(ty)),
                None => case.name.to_owned(),
            });
            format!("variant {{ {} }}", list(cases.collect()))
        }
        Type::Enum(names) => {
            format!("enum {{ {} }}", list(names.names().map(str::to_owned).collect()))
        }
        Type::Flags(names) => {
            format!("flags {{ {} }}", list(names.names().map(str::to_owned).collect()))
        }
        Type::Result(result) => match (result.ok(), result.err()) {
            (None, None) => "result".into(),
            (ok, None) => format!("result<{}>", maybe(ok)),
            (ok, err) => format!("result<{}, {}>", maybe(ok), maybe(err)),
        },
        Type::Future(future) => {
            future.ty().map_or("future".into(), |ty| format!("future<{}>", inner(&ty)))
        }
        Type::Stream(stream) => {
            stream.ty().map_or("stream".into(), |ty| format!("stream<{}>", inner(&ty)))
        }
        Type::Own(_) => "a resource of the program".into(),
        Type::Borrow(_) => "a borrowed resource of the program".into(),
        Type::ErrorContext => "error-context".into(),
    }
}

/// A value of the type as one word, quoted for a shell where it must be.
pub fn example(ty: &Type) -> String {
    match ty {
        _ if Handle::of(ty) == Some(Handle::Connection) => "tcp://127.0.0.1:9000".into(),
        _ if Handle::of(ty) == Some(Handle::Descriptor) => "folder::ro".into(),
        _ if Handle::of(ty).is_some() => "file.txt".into(),
        Type::Bool => "true".into(),
        Type::Char => "x".into(),
        Type::String => "text".into(),
        Type::Enum(names) => names.names().next().unwrap_or_default().to_owned(),
        Type::Flags(names) => names.names().take(2).collect::<Vec<_>>().join(","),
        Type::Option(option) => example(&option.ty()),
        Type::List(list) if list.ty() == Type::U8 => "@file.bin".into(),
        Type::List(list) => example(&list.ty()),
        other => match literal(other) {
            text if text
                .contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-')) =>
            {
                format!("'{text}'")
            }
            text => text,
        },
    }
}

/// A value of the type in WAVE.
fn literal(ty: &Type) -> String {
    let join = |items: Vec<String>| items.join(", ");
    match ty {
        _ if Handle::of(ty).is_some() => format!("\"{}\"", example(ty)),
        Type::Bool => "true".into(),
        Type::Float32 | Type::Float64 => "1.5".into(),
        Type::Char => "'x'".into(),
        Type::String => "\"text\"".into(),
        Type::List(list) => format!("[{}]", literal(&list.ty())),
        Type::Option(option) => format!("some({})", literal(&option.ty())),
        Type::Tuple(tuple) => format!("({})", join(tuple.types().map(|ty| literal(&ty)).collect())),
        Type::Record(record) => {
            format!(
                "{{{}}}",
                join(record.fields().map(|f| format!("{}: {}", f.name, literal(&f.ty))).collect())
            )
        }
        Type::Variant(variant) => {
            variant.cases().next().map_or(String::new(), |case| match case.ty {
                Some(ty) => format!("{}({})", case.name, literal(&ty)),
                None => case.name.to_owned(),
            })
        }
        Type::Enum(names) => names.names().next().unwrap_or_default().to_owned(),
        Type::Flags(names) => {
            format!("{{{}}}", join(names.names().take(2).map(str::to_owned).collect()))
        }
        Type::Result(result) => {
            result.ok().map_or("ok".into(), |ty| format!("ok({})", literal(&ty)))
        }
        _ => "42".into(),
    }
}
