//! How much memory values take in the host's own representation.

use wasmtime::component::{Type, Val};

/// How much memory a copy of a value takes beside its own place, in bytes.
pub(super) fn taken(value: &Val) -> usize {
    let each = |items: &[Val]| size_of_val(items) + items.iter().map(taken).sum::<usize>();
    let payload = |payload: &Option<Box<Val>>| payload.as_deref().map_or(0, one);
    match value {
        Val::String(text) | Val::Enum(text) => text.len(),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => each(items),
        Val::Record(fields) => fields.iter().map(|(name, field)| named(name) + one(field)).sum(),
        Val::Map(entries) => entries.iter().map(|(key, value)| one(key) + one(value)).sum(),
        Val::Variant(name, inner) => name.len() + payload(inner),
        Val::Option(inner) | Val::Result(Ok(inner) | Err(inner)) => payload(inner),
        Val::Flags(names) => names.iter().map(|name| named(name)).sum(),
        _ => 0,
    }
}

/// The same, with its place.
fn one(value: &Val) -> usize {
    size_of::<Val>() + taken(value)
}

/// How much a field's or a flag's name takes.
pub(super) fn named(name: &str) -> usize {
    size_of::<String>() + name.len()
}

/// Whether values of a type are mostly bytes, each of which is a value of its own here.
pub(super) fn holds_bytes(ty: &Type) -> bool {
    let inside = |ty: Option<Type>| ty.is_some_and(|ty| holds_bytes(&ty));
    match ty {
        Type::List(list) => list.ty() == Type::U8,
        Type::Option(option) => inside(Some(option.ty())),
        Type::Result(result) => inside(result.ok()) || inside(result.err()),
        Type::Tuple(tuple) => tuple.types().any(|ty| holds_bytes(&ty)),
        Type::Record(record) => record.fields().any(|field| holds_bytes(&field.ty)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_takes_what_its_parts_take() {
        let (slot, text) = (size_of::<Val>(), size_of::<String>());
        let bytes = Val::List(vec![Val::U8(1); 100]);
        assert_eq!(taken(&bytes), 100 * slot);
        let record = Val::Record(vec![("ab".into(), Val::String("c".repeat(9)))]);
        assert_eq!(taken(&record), text + 2 + slot + 9);
        assert_eq!(taken(&Val::Option(Some(Box::new(bytes)))), 101 * slot);
        assert_eq!(taken(&Val::Flags(vec!["abc".into()])), text + 3);
    }
}
