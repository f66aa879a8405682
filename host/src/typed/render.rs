//! Values as text, for people and for programs.

use wasmtime::component::{Type, Val, wasm_wave};

use crate::error::{Class, Error, Result};
use crate::typed::show;

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Bytes raw, strings as text, the rest as WAVE.
    #[default]
    Plain,
    /// Everything as JSON.
    Json,
    /// Everything as WAVE.
    Wave,
}

/// The bytes of a value of a type in a format, with a line end where it's text.
///
/// # Errors
/// `Class::Program` when it holds a handle, which has no text.
pub fn render(value: Val, ty: &Type, format: Format) -> Result<Vec<u8>> {
    let fail = |why: String| {
        Error::new(Class::Program, "the result can't be shown")
            .cause(why)
            .hint("call the function from another component")
    };
    let mut text = match (format, value) {
        (Format::Plain, Val::List(items)) if matches!(ty, Type::List(list) if list.ty() == Type::U8) =>
        {
            return Ok(items.iter().filter_map(byte).collect());
        }
        (Format::Plain, Val::String(text)) if text.ends_with('\n') => {
            return Ok(text.into_bytes());
        }
        (Format::Plain, Val::String(text)) => text,
        (Format::Plain, Val::Char(character)) => character.to_string(),
        (Format::Json, value) => {
            let mut text = Vec::new();
            show::write(&mut text, &value).map_err(fail)?;
            text.push(b'\n');
            return Ok(text);
        }
        (_, value) => wasm_wave::to_string(&value).map_err(|error| fail(error.to_string()))?,
    };
    text.push('\n');
    Ok(text.into_bytes())
}

fn byte(value: &Val) -> Option<u8> {
    if let Val::U8(byte) = value { Some(*byte) } else { None }
}
