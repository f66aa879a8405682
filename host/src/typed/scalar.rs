//! Values that have an obvious text: numbers, characters, strings, names.

use wasmtime::component::{Type, Val};

use crate::typed::argument::Argument;
use crate::typed::example::describe;

/// Whether values of the type have such a text.
pub(super) fn is_scalar(ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::Char | Type::String | Type::Enum(_) | Type::Flags(_) => true,
        Type::S8 | Type::U8 | Type::S16 | Type::U16 | Type::S32 | Type::U32 => true,
        Type::S64 | Type::U64 | Type::Float32 | Type::Float64 => true,
        _ => false,
    }
}

/// Reads `word` as a value of a scalar type; flags are names with commas between.
///
/// # Errors
/// Why it isn't one.
pub(super) fn read(ty: &Type, word: &str) -> Result<Argument, String> {
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
        Type::Flags(names) => {
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
        _ => Err(format!("{} has no short form", describe(ty))),
    }
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
fn choices<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
