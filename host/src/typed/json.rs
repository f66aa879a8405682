//! JSON as values, by the function's types. The other way is `show`'s, with the same forms.
//!
//! Records are objects, lists and tuples arrays, options `null` or the value, enums strings, flags
//! arrays of strings, variants `{"case": payload}` or `"case"`, results `{"ok": …}` or `{"err":
//! …}`. Where a handle is wanted, a string names what is opened. A 64-bit number may be a string,
//! since many programs keep only 53 bits of one.

use serde_json::Value;
use wasmtime::component::{Type, Val};

use crate::typed::argument::Argument;
use crate::typed::handle::Handle;
use crate::typed::open::open;
use crate::typed::{record, scalar};

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
            record::check(record, given.keys().map(String::as_str))?;
            let field = |field: wasmtime::component::types::Field<'_>| {
                let argument = match given.get(field.name) {
                    Some(value) => convert(&field.ty, value)
                        .map_err(|why| format!("`{}`: {why}", field.name))?,
                    None => Argument::Value(record::missing(field.name, &field.ty)?),
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
