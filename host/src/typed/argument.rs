//! One argument, read but not yet opened.

use wasmtime::component::Val;

use crate::stream::Location;
use crate::typed::Handle;

/// A value, or a shape with places in it that are opened before the call.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A value without handles.
    Value(Val),
    /// A handle to open.
    Open {
        /// What the guest gets.
        handle: Handle,
        /// What is opened.
        location: Location,
        /// For a descriptor: whether nothing may be changed through it.
        read_only: bool,
        /// Whether the parameter is a `borrow`, so that the host takes it back after the call.
        borrowed: bool,
    },
    /// `list<u8>`, read whole from here.
    Bytes(Location),
    /// A list.
    List(Vec<Argument>),
    /// A tuple.
    Tuple(Vec<Argument>),
    /// A record, its fields in the type's order.
    Record(Vec<(String, Argument)>),
    /// An option.
    Option(Option<Box<Argument>>),
    /// A variant's case, with its payload.
    Variant(String, Option<Box<Argument>>),
    /// A result.
    Result(Result<Option<Box<Argument>>, Option<Box<Argument>>>),
}

impl Argument {
    /// `some` of an argument.
    pub(super) fn some(argument: Argument) -> Argument {
        match argument {
            Argument::Value(value) => Argument::Value(Val::Option(Some(Box::new(value)))),
            other => Argument::Option(Some(Box::new(other))),
        }
    }
}
