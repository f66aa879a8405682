//! One word of a command line as a value: raw where a type has an obvious text, WAVE or JSON where
//! it hasn't.

use wasmtime::component::Type;

use crate::stream::{Direction, Location};
use crate::typed::argument::Argument;
use crate::typed::handle::{Handle, impossible};
use crate::typed::open::open;
use crate::typed::{json, scalar, wave};

/// The largest file that an argument is read from, in bytes.
const LARGEST: u64 = 64 << 20;

/// Reads `word` as a value of the type.
///
/// # Errors
/// Why it isn't one.
pub(super) fn read(ty: &Type, word: &str) -> Result<Argument, String> {
    if let Some(handle) = Handle::of(ty) {
        return open(ty, handle, word);
    }

    match ty {
        Type::Flags(_) if ["{", "json:", "@"].iter().any(|start| word.starts_with(start)) => {
            compound(ty, word)
        }
        Type::Option(option) => read(&option.ty(), word).map(Argument::some),
        Type::List(list)
            if list.ty() == Type::U8 && !word.starts_with('[') && !word.starts_with("json:") =>
        {
            let location: Location = word
                .strip_prefix('@')
                .unwrap_or(word)
                .parse()
                .map_err(|failure| format!("{failure}"))?;
            location.check(Direction::Source).map_err(|failure| failure.to_string())?;
            Ok(Argument::Bytes(location))
        }
        _ if scalar::is_scalar(ty) => scalar::read(ty, word),
        _ => compound(ty, word),
    }
}

/// `json:…`, `@FILE`, or WAVE.
fn compound(ty: &Type, word: &str) -> Result<Argument, String> {
    if let Some(kind) = impossible(ty) {
        return Err(format!("{} can't be written as text", crate::typed::example::describe(&kind)));
    }
    if let Some(text) = word.strip_prefix("json:") {
        return json::parse(ty, text);
    }
    if let Some(path) = word.strip_prefix('@') {
        let cannot = |error: &dyn std::fmt::Display| format!("`{path}` can't be read: {error}");
        let size = std::fs::metadata(path).map_err(|error| cannot(&error))?.len();
        if size > LARGEST {
            return Err(format!("`{path}` is larger than {LARGEST} bytes"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| cannot(&error))?;
        return if path.ends_with(".json") {
            json::parse(ty, &text)
        } else {
            wave::parse(ty, text.trim())
        };
    }
    wave::parse(ty, word)
}
