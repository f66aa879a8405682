//! Values between the host and a guest by the canonical ABI, with the bytes of a `list<u8>` as they
//! are.
//!
//! The engine's own form of a value, [`Val`], takes 40 bytes for each byte of a list. What a call
//! is given and what it returns by the types here takes one. They lower and lift at run time what
//! the engine's derived types do at compile time, by its own implementations for the parts.
//!
//! An `async func` hands its result over in another way, so it's left to [`Val`], and so is a
//! function with a `map`, an `error-context` or a list of fixed length in its type.

mod lift;
mod lower;
#[cfg(test)]
mod tests;

use wasmtime::component::{Type, Val};

pub use lift::Returned;
pub use lower::Parameters;

/// A value for a guest.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A `list<u8>`.
    Bytes(Vec<u8>),
    /// What has no parts: a number, a text, a handle, flags, a case of an enum.
    Leaf(Val),
    /// A list.
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A record, its fields in the type's order.
    Record(Vec<(String, Value)>),
    /// A variant's case.
    Variant(String, Option<Box<Value>>),
    /// An option.
    Option(Option<Box<Value>>),
    /// A result.
    Result(Result<Option<Box<Value>>, Option<Box<Value>>>),
}

impl Value {
    /// Whether there are bytes in it.
    pub fn holds_bytes(&self) -> bool {
        let payload =
            |payload: &Option<Box<Value>>| payload.as_deref().is_some_and(Value::holds_bytes);
        match self {
            Value::Bytes(_) => true,
            Value::Leaf(_) => false,
            Value::List(items) | Value::Tuple(items) => items.iter().any(Value::holds_bytes),
            Value::Record(fields) => fields.iter().any(|(_, field)| field.holds_bytes()),
            Value::Variant(_, inner) | Value::Option(inner) => payload(inner),
            Value::Result(Ok(inner) | Err(inner)) => payload(inner),
        }
    }

    /// How many bytes are in it, as [`Value::Bytes`].
    pub fn bytes(&self) -> usize {
        let payload = |payload: &Option<Box<Value>>| payload.as_deref().map_or(0, Value::bytes);
        match self {
            Value::Bytes(bytes) => bytes.len(),
            Value::Leaf(_) => 0,
            Value::List(items) | Value::Tuple(items) => items.iter().map(Value::bytes).sum(),
            Value::Record(fields) => fields.iter().map(|(_, field)| field.bytes()).sum(),
            Value::Variant(_, inner) | Value::Option(inner) => payload(inner),
            Value::Result(Ok(inner) | Err(inner)) => payload(inner),
        }
    }
}

fn boxed<A, B: From<A>>(payload: Option<Box<A>>) -> Option<Box<B>> {
    payload.map(|inner| Box::new(B::from(*inner)))
}

fn each<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}

fn fields<A, B: From<A>>(fields: Vec<(String, A)>) -> Vec<(String, B)> {
    fields.into_iter().map(|(name, field)| (name, B::from(field))).collect()
}

impl From<Val> for Value {
    fn from(value: Val) -> Self {
        match value {
            Val::List(items) => Value::List(each(items)),
            Val::Tuple(items) => Value::Tuple(each(items)),
            Val::Record(parts) => Value::Record(fields(parts)),
            Val::Variant(name, inner) => Value::Variant(name, boxed(inner)),
            Val::Option(inner) => Value::Option(boxed(inner)),
            Val::Result(inner) => Value::Result(inner.map(boxed).map_err(boxed)),
            leaf => Value::Leaf(leaf),
        }
    }
}

impl From<Value> for Val {
    fn from(value: Value) -> Self {
        match value {
            Value::Bytes(bytes) => Val::List(bytes.into_iter().map(Val::U8).collect()),
            Value::Leaf(leaf) => leaf,
            Value::List(items) => Val::List(each(items)),
            Value::Tuple(items) => Val::Tuple(each(items)),
            Value::Record(parts) => Val::Record(fields(parts)),
            Value::Variant(name, inner) => Val::Variant(name, boxed(inner)),
            Value::Option(inner) => Val::Option(boxed(inner)),
            Value::Result(inner) => Val::Result(inner.map(boxed).map_err(boxed)),
        }
    }
}

/// Whether values of a type can be lowered and lifted here.
pub fn is_known(ty: &Type) -> bool {
    match ty {
        Type::Map(_) | Type::ErrorContext | Type::FixedLengthList(_) => false,
        Type::List(list) => is_known(&list.ty()),
        Type::Option(option) => is_known(&option.ty()),
        Type::Tuple(tuple) => tuple.types().all(|ty| is_known(&ty)),
        Type::Record(record) => record.fields().all(|field| is_known(&field.ty)),
        Type::Variant(variant) => {
            variant.cases().filter_map(|case| case.ty).all(|ty| is_known(&ty))
        }
        Type::Result(result) => {
            [result.ok(), result.err()].into_iter().flatten().all(|ty| is_known(&ty))
        }
        _ => true,
    }
}

/// Whether a result of a type is bytes when all is well: `list<u8>`, or `result` of it.
pub fn is_bytes(ty: &Type) -> bool {
    match ty {
        Type::List(list) => list.ty() == Type::U8,
        Type::Result(result) => result.ok().is_some_and(|ok| is_bytes(&ok)),
        _ => false,
    }
}
