//! One word of a command line as a value: raw where a type has an obvious text, WAVE or JSON where
//! it hasn't.

use wasmtime::component::{Type, Val};

use crate::stream::{Direction, Location};
use crate::typed::argument::Argument;
use crate::typed::handle::{Handle, impossible};
use crate::typed::{json, wave};

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
    let value = |value: Val| Ok(Argument::Value(value));
    match ty {
        Type::Bool => match word {
            "true" => value(Val::Bool(true)),
            "false" => value(Val::Bool(false)),
            _ => Err("it is neither `true` nor `false`".into()),
        },
        Type::S8 => integer(word, i8::MIN, i8::MAX).and_then(|n| value(Val::S8(n))),
        Type::U8 => integer(word, u8::MIN, u8::MAX).and_then(|n| value(Val::U8(n))),
        Type::S16 => integer(word, i16::MIN, i16::MAX).and_then(|n| value(Val::S16(n))),
        Type::U16 => integer(word, u16::MIN, u16::MAX).and_then(|n| value(Val::U16(n))),
        Type::S32 => integer(word, i32::MIN, i32::MAX).and_then(|n| value(Val::S32(n))),
        Type::U32 => integer(word, u32::MIN, u32::MAX).and_then(|n| value(Val::U32(n))),
        Type::S64 => integer(word, i64::MIN, i64::MAX).and_then(|n| value(Val::S64(n))),
        Type::U64 => integer(word, u64::MIN, u64::MAX).and_then(|n| value(Val::U64(n))),
        Type::Float32 => word
            .parse()
            .map_err(|_| "it is not a number".into())
            .and_then(|n| value(Val::Float32(n))),
        Type::Float64 => word
            .parse()
            .map_err(|_| "it is not a number".into())
            .and_then(|n| value(Val::Float64(n))),
        Type::Char => match (word.chars().next(), word.chars().nth(1)) {
            (Some(only), None) => value(Val::Char(only)),
            _ => Err("it is not one character".into()),
        },
        Type::String => value(Val::String(word.to_owned())),
        Type::Enum(names) => match names.names().find(|name| *name == word) {
            Some(name) => value(Val::Enum(name.to_owned())),
            None => Err(format!("it is none of {}", choices(names.names()))),
        },
        Type::Flags(names)
            if !word.starts_with('{') && !word.starts_with("json:") && !word.starts_with('@') =>
        {
            let mut set = Vec::new();
            for flag in word.split(',').map(str::trim).filter(|flag| !flag.is_empty()) {
                match names.names().find(|name| *name == flag) {
                    Some(name) if set.iter().any(|other| other == name) => {}
                    Some(name) => set.push(name.to_owned()),
                    None => return Err(format!("`{flag}` is none of {}", choices(names.names()))),
                }
            }
            value(Val::Flags(set))
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

/// A handle to what `word` names.
pub(super) fn open(ty: &Type, handle: Handle, word: &str) -> Result<Argument, String> {
    let borrowed = matches!(ty, Type::Borrow(_));
    let (word, read_only) = match (handle, word.strip_suffix("::ro")) {
        (Handle::Descriptor, Some(path)) => (path, true),
        _ => (word, false),
    };
    let location: Location =
        word.parse().map_err(|failure: crate::stream::Failure| match &failure.hint {
            Some(hint) => format!("{failure} ({hint})"),
            None => failure.to_string(),
        })?;
    let fits = match handle {
        Handle::Input | Handle::Bytes | Handle::Lines => location.check(Direction::Source),
        Handle::Output => location.check(Direction::Sink),
        Handle::Descriptor | Handle::Connection => Ok(()),
    };
    fits.map_err(|failure| failure.to_string())?;
    match (handle, &location) {
        (Handle::Descriptor, Location::Path(_)) => {}
        (Handle::Descriptor, _) => {
            return Err("a descriptor is of a file or a directory: give a path".into());
        }
        (
            Handle::Connection,
            Location::Tcp(_) | Location::Tls(_) | Location::Unix(_) | Location::Path(_),
        ) => {}
        (Handle::Connection, other) => {
            return Err(format!("`{}:` is not a connection", other.scheme()));
        }
        _ => {}
    }
    Ok(Argument::Open { handle, location, read_only, borrowed })
}

fn integer<T: TryFrom<i128> + std::fmt::Display>(
    word: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    let number: i128 = word.parse().map_err(|_| {
        let digits = word.strip_prefix('-').unwrap_or(word);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("it is out of range: {least} to {most}")
        } else {
            "it is not a whole number".to_owned()
        }
    })?;
    T::try_from(number).map_err(|_| format!("it is out of range: {least} to {most}"))
}

/// `a`, `b` and `c`, for messages.
pub(super) fn choices<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
