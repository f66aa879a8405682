//! JSON as values and values as JSON, by the function's types.
//!
//! Records are objects, lists and tuples arrays, options `null` or the value, enums strings, flags
//! arrays of strings, variants `{"case": payload}` or `"case"`, results `{"ok": …}` or `{"err":
//! …}`. Where a handle is wanted, a string names what is opened. A 64-bit number may be a string,
//! since many programs keep only 53 bits of one.

use serde_json::{Map, Number, Value};
use wasmtime::component::{Type, Val};

use crate::typed::argument::Argument;
use crate::typed::handle::Handle;
use crate::typed::open::open;
use crate::typed::scalar;

/// Reads JSON text as a value of the type.
///
/// # Errors
/// Why it isn't one.
pub fn parse(ty: &Type, source: &str) -> Result<Argument, String> {
    let value: Value =
        serde_json::from_str(source).map_err(|error| format!("it isn't JSON: {error}"))?;
    convert(ty, &value)
}

fn convert(ty: &Type, value: &Value) -> Result<Argument, String> {
    let wrong = |wanted: &str| Err(format!("`{}` is not {wanted}", shortened(value)));
    if let Some(handle) = Handle::of(ty) {
        return match value {
            Value::String(word) => open(ty, handle, word),
            _ => wrong("a string that names a path or a URL"),
        };
    }
    let payload = |ty: Option<Type>, value: Option<&Value>| match (ty, value) {
        (Some(ty), Some(value)) => convert(&ty, value).map(|inner| Some(Box::new(inner))),
        (Some(Type::Option(_)), None) => Ok(Some(Box::new(Argument::Value(Val::Option(None))))),
        (None, None | Some(Value::Null)) => Ok(None),
        (Some(_), None) => Err("its payload is missing".to_owned()),
        (None, Some(_)) => Err("it has no payload".to_owned()),
    };
    match (ty, value) {
        (Type::Bool, Value::Bool(value)) => Ok(Argument::Value(Val::Bool(*value))),
        (Type::Bool, _) => wrong("true or false"),
        (Type::Float32 | Type::Float64, Value::Number(number)) => {
            scalar::read(ty, &number.to_string())
        }
        (Type::Float32 | Type::Float64, Value::String(word)) => scalar::read(ty, word),
        (
            Type::S8
            | Type::U8
            | Type::S16
            | Type::U16
            | Type::S32
            | Type::U32
            | Type::S64
            | Type::U64,
            Value::Number(number),
        ) => scalar::read(ty, &number.to_string()),
        (Type::S64 | Type::U64, Value::String(word)) => scalar::read(ty, word),
        (Type::Char | Type::String | Type::Enum(_), Value::String(word)) => scalar::read(ty, word),
        (Type::Flags(_), Value::Array(items)) => {
            let names = items.iter().map(|item| item.as_str().ok_or("a flag is a string"));
            scalar::read(ty, &names.collect::<Result<Vec<_>, _>>()?.join(","))
        }
        (Type::List(list), Value::Array(items)) => {
            let element = list.ty();
            items
                .iter()
                .map(|item| convert(&element, item))
                .collect::<Result<_, _>>()
                .map(Argument::List)
        }
        (Type::Tuple(tuple), Value::Array(items)) => {
            if items.len() != tuple.types().len() {
                return Err(format!(
                    "it has {} parts and not {}",
                    items.len(),
                    tuple.types().len()
                ));
            }
            let parts = tuple.types().zip(items).map(|(ty, item)| convert(&ty, item));
            parts.collect::<Result<_, _>>().map(Argument::Tuple)
        }
        (Type::Record(record), Value::Object(given)) => {
            if let Some(extra) =
                given.keys().find(|name| !record.fields().any(|field| field.name == name.as_str()))
            {
                return Err(format!("it has no field `{extra}`"));
            }
            let field = |field: wasmtime::component::types::Field<'_>| {
                let argument = match given.get(field.name) {
                    Some(value) => convert(&field.ty, value)
                        .map_err(|why| format!("`{}`: {why}", field.name))?,
                    None if matches!(field.ty, Type::Option(_)) => {
                        Argument::Value(Val::Option(None))
                    }
                    None => return Err(format!("the field `{}` is missing", field.name)),
                };
                Ok((field.name.to_owned(), argument))
            };
            record.fields().map(field).collect::<Result<_, _>>().map(Argument::Record)
        }
        (Type::Option(_), Value::Null) => Ok(Argument::Value(Val::Option(None))),
        (Type::Option(option), value) => convert(&option.ty(), value).map(Argument::some),
        (Type::Result(result), Value::Object(object)) if object.len() == 1 => {
            match (object.get("ok"), object.get("err")) {
                (Some(ok), _) => Ok(Argument::Result(Ok(payload(result.ok(), Some(ok))?))),
                (_, Some(err)) => Ok(Argument::Result(Err(payload(result.err(), Some(err))?))),
                _ => wrong("`{\"ok\": …}` or `{\"err\": …}`"),
            }
        }
        (Type::Variant(variant), Value::String(name)) => {
            let case = variant.cases().find(|case| case.name == name.as_str());
            let case = case.ok_or_else(|| format!("there is no case `{name}`"))?;
            Ok(Argument::Variant(name.clone(), payload(case.ty, None)?))
        }
        (Type::Variant(variant), Value::Object(object)) if object.len() == 1 => {
            let (name, inner) = object.iter().next().expect("it has one member");
            let case = variant.cases().find(|case| case.name == name.as_str());
            let case = case.ok_or_else(|| format!("there is no case `{name}`"))?;
            Ok(Argument::Variant(name.clone(), payload(case.ty, Some(inner))?))
        }
        _ => wrong(&format!("a value of {}", crate::typed::example::describe(ty))),
    }
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 40 {
        format!("{}…", text.chars().take(40).collect::<String>())
    } else {
        text
    }
}

/// A value as JSON. Numbers that JSON has no form for (infinity, NaN) are strings; handles have no
/// form at all.
///
/// # Errors
/// When the value holds a handle.
pub(super) fn show(value: &Val) -> Result<Value, String> {
    let list =
        |items: &[Val]| items.iter().map(show).collect::<Result<Vec<_>, _>>().map(Value::Array);
    let payload = |name: &str, inner: &Option<Box<Val>>| {
        let inner = inner.as_deref().map(show).transpose()?.unwrap_or(Value::Null);
        Ok::<_, String>(Value::Object(Map::from_iter([(name.to_owned(), inner)])))
    };
    let float = |number: f64| {
        Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
    };
    Ok(match value {
        Val::Bool(value) => Value::Bool(*value),
        Val::S8(number) => (*number).into(),
        Val::U8(number) => (*number).into(),
        Val::S16(number) => (*number).into(),
        Val::U16(number) => (*number).into(),
        Val::S32(number) => (*number).into(),
        Val::U32(number) => (*number).into(),
        Val::S64(number) => (*number).into(),
        Val::U64(number) => (*number).into(),
        // By its own shortest text: the nearest double has digits that the number hasn't.
        Val::Float32(number) => number.to_string().parse().map(float).unwrap_or(Value::Null),
        Val::Float64(number) => float(*number),
        Val::Char(character) => character.to_string().into(),
        Val::String(text) | Val::Enum(text) => text.as_str().into(),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => list(items)?,
        Val::Record(fields) => {
            let field =
                |(name, value): &(String, Val)| Ok::<_, String>((name.clone(), show(value)?));
            Value::Object(fields.iter().map(field).collect::<Result<_, _>>()?)
        }
        Val::Variant(name, None) => name.as_str().into(),
        Val::Variant(name, inner) => payload(name, inner)?,
        Val::Option(inner) => inner.as_deref().map(show).transpose()?.unwrap_or(Value::Null),
        Val::Result(Ok(inner)) => payload("ok", inner)?,
        Val::Result(Err(inner)) => payload("err", inner)?,
        Val::Flags(names) => names.iter().map(|name| Value::from(name.as_str())).collect(),
        Val::Map(_) | Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => {
            return Err("a handle has no text".to_owned());
        }
    })
}
