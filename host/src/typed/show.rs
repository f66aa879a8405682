//! Values as JSON, written as they are visited: a tree of the whole would take several times the
//! memory of the text.
//!
//! The forms are those that `json` reads. A record's fields stand in the order in which its type
//! declares them.

use std::io::Write;

use serde::Serialize;
use wasmtime::component::Val;

/// Writes a value as JSON. Numbers that JSON has no form for (infinity, NaN) are strings; handles
/// have no form at all.
///
/// # Errors
/// When the value holds a handle.
pub(super) fn write(out: &mut Vec<u8>, value: &Val) -> Result<(), String> {
    match value {
        Val::Bool(value) => leaf(out, value),
        Val::S8(number) => leaf(out, number),
        Val::U8(number) => leaf(out, number),
        Val::S16(number) => leaf(out, number),
        Val::U16(number) => leaf(out, number),
        Val::S32(number) => leaf(out, number),
        Val::U32(number) => leaf(out, number),
        Val::S64(number) => leaf(out, number),
        Val::U64(number) => leaf(out, number),
        // By its own shortest text: the nearest double has digits that the number hasn't.
        Val::Float32(number) if number.is_finite() => leaf(out, number),
        Val::Float32(number) => leaf(out, &number.to_string()),
        Val::Float64(number) if number.is_finite() => leaf(out, number),
        Val::Float64(number) => leaf(out, &number.to_string()),
        Val::Char(character) => leaf(out, character),
        Val::String(text) | Val::Enum(text) => leaf(out, text),
        Val::Flags(names) => leaf(out, names),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index);
                write(out, item)?;
            }
            out.push(b']');
            Ok(())
        }
        Val::Record(fields) => {
            out.push(b'{');
            for (index, (name, field)) in fields.iter().enumerate() {
                separate(out, index);
                member(out, name, Some(field))?;
            }
            out.push(b'}');
            Ok(())
        }
        Val::Variant(name, None) => leaf(out, name),
        Val::Variant(name, inner) => case(out, name, inner),
        Val::Option(None) => leaf(out, &()),
        Val::Option(Some(inner)) => write(out, inner),
        Val::Result(Ok(inner)) => case(out, "ok", inner),
        Val::Result(Err(inner)) => case(out, "err", inner),
        Val::Map(_) | Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => {
            Err("a handle has no text".to_owned())
        }
    }
}

fn leaf<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), String> {
    serde_json::to_writer(out.by_ref(), value).map_err(|error| error.to_string())
}

fn separate(out: &mut Vec<u8>, index: usize) {
    if index > 0 {
        out.push(b',');
    }
}

fn member(out: &mut Vec<u8>, name: &str, value: Option<&Val>) -> Result<(), String> {
    leaf(out, name)?;
    out.push(b':');
    match value {
        Some(value) => write(out, value),
        None => leaf(out, &()),
    }
}

fn case(out: &mut Vec<u8>, name: &str, inner: &Option<Box<Val>>) -> Result<(), String> {
    out.push(b'{');
    member(out, name, inner.as_deref())?;
    out.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: Val) -> String {
        let mut out = Vec::new();
        write(&mut out, &value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_keep_their_order_and_numbers_their_digits() {
        let field = |name: &str, value| (name.to_owned(), value);
        let record = Val::Record(vec![
            field("zebra", Val::Float32(0.1)),
            field("ant", Val::List(vec![Val::U8(1), Val::U8(2)])),
            field("x", Val::Option(None)),
            field("y", Val::Float64(f64::INFINITY)),
            field("n", Val::Float32(f32::NAN)),
            field("w", Val::Float64(1.0)),
        ]);
        let text = r#"{"zebra":0.1,"ant":[1,2],"x":null,"y":"inf","n":"NaN","w":1.0}"#;
        assert_eq!(shown(record), text);
    }

    #[test]
    fn cases_and_text() {
        let text = Val::Variant("a".into(), Some(Box::new(Val::String("q\"\n".into()))));
        assert_eq!(shown(text), r#"{"a":"q\"\n"}"#);
        assert_eq!(shown(Val::Result(Ok(None))), r#"{"ok":null}"#);
        assert_eq!(shown(Val::Flags(vec!["r".into(), "w".into()])), r#"["r","w"]"#);
        assert_eq!(shown(Val::Variant("a".into(), None)), r#""a""#);
    }
}
