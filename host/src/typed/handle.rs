//! The types that no text can be a value of: handles to what the host opens.

use wasmtime::component::{ResourceType, Type};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use crate::stream::{Connection, connections};

/// What a parameter of such a type is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handle {
    /// `input-stream` of WASI 0.2.
    Input,
    /// `output-stream` of WASI 0.2.
    Output,
    /// `stream<u8>`.
    Bytes,
    /// `stream<string>`: lines.
    Lines,
    /// `descriptor` of `wasi:filesystem`: a file or a directory.
    Descriptor,
    /// `connection` of `forebay:stream`.
    Connection,
}

impl Handle {
    /// The handle that a type is, if it is one that the host can make.
    pub fn of(ty: &Type) -> Option<Handle> {
        match ty {
            Type::Own(resource) | Type::Borrow(resource) => {
                let is = |other: ResourceType| *resource == other;
                if is(ResourceType::host::<DynInputStream>()) {
                    Some(Handle::Input)
                } else if is(ResourceType::host::<DynOutputStream>()) {
                    Some(Handle::Output)
                } else if is(ResourceType::host::<Descriptor>()) {
                    Some(Handle::Descriptor)
                } else if is(ResourceType::host::<Connection>()) {
                    Some(Handle::Connection)
                } else {
                    None
                }
            }
            Type::Stream(stream) => match stream.ty() {
                Some(Type::U8) => Some(Handle::Bytes),
                Some(Type::String) => Some(Handle::Lines),
                _ => None,
            },
            _ => None,
        }
    }

    /// The type's name in WIT.
    pub fn name(self) -> &'static str {
        match self {
            Handle::Input => "input-stream",
            Handle::Output => "output-stream",
            Handle::Bytes => "stream<u8>",
            Handle::Lines => "stream<string>",
            Handle::Descriptor => "descriptor",
            Handle::Connection => "connection",
        }
    }

    /// What the host does for it, as a sentence for help.
    pub fn service(self) -> String {
        let service = match self {
            Handle::Input | Handle::Bytes => {
                "a path, `-` or a URL, which is opened and read for the program"
            }
            Handle::Lines => "a path, `-` or a URL, whose lines are read for the program",
            Handle::Output => "a path, `-` or a URL, which is written for the program",
            Handle::Descriptor => {
                "a path of a file or directory, handed to the program; `::ro` after it forbids changes"
            }
            Handle::Connection => {
                return format!("{}, connected for the program", connections());
            }
        };
        service.to_owned()
    }
}

/// Whether a type holds a handle, or something else that neither WAVE nor JSON has a form for.
pub fn holds(ty: &Type) -> bool {
    match ty {
        Type::Own(_) | Type::Borrow(_) | Type::Stream(_) | Type::Future(_) | Type::ErrorContext => {
            true
        }
        Type::List(list) => holds(&list.ty()),
        Type::Option(option) => holds(&option.ty()),
        Type::Tuple(tuple) => tuple.types().any(|ty| holds(&ty)),
        Type::Record(record) => record.fields().any(|field| holds(&field.ty)),
        Type::Variant(variant) => variant.cases().any(|case| case.ty.is_some_and(|ty| holds(&ty))),
        Type::Result(result) => {
            [result.ok(), result.err()].into_iter().flatten().any(|ty| holds(&ty))
        }
        Type::Map(map) => holds(&map.key()) || holds(&map.value()),
        _ => false,
    }
}

/// The first type inside a result that the host can't bring out, if there is one.
pub(super) fn unshowable(ty: &Type) -> Option<Type> {
    match ty {
        Type::Stream(stream) => (!stream.ty().is_some_and(|ty| is_simple(&ty))).then(|| ty.clone()),
        Type::Future(future) => match future.ty() {
            None => None,
            Some(Type::Result(result)) => {
                let text = |ty: Option<Type>| ty.is_none_or(|ty| ty == Type::String);
                let told = text(result.ok())
                    && text(result.err())
                    && (result.ok().is_none() || result.err().is_some());
                (!told).then(|| ty.clone())
            }
            Some(inner) => (!is_simple(&inner)).then(|| ty.clone()),
        },
        Type::Own(_) if Handle::of(ty) == Some(Handle::Input) => None,
        Type::Own(_) | Type::Borrow(_) | Type::ErrorContext => Some(ty.clone()),
        Type::List(list) => unshowable(&list.ty()),
        Type::Option(option) => unshowable(&option.ty()),
        Type::Tuple(tuple) => tuple.types().find_map(|ty| unshowable(&ty)),
        Type::Record(record) => record.fields().find_map(|field| unshowable(&field.ty)),
        Type::Variant(variant) => variant.cases().find_map(|case| case.ty.filter(holds)),
        Type::Result(result) => {
            result.ok().and_then(|ty| unshowable(&ty)).or_else(|| result.err().filter(holds))
        }
        _ => None,
    }
}

fn is_simple(ty: &Type) -> bool {
    let number = matches!(
        ty,
        Type::S8
            | Type::U8
            | Type::S16
            | Type::U16
            | Type::S32
            | Type::U32
            | Type::S64
            | Type::U64
            | Type::Float32
            | Type::Float64
    );
    number || matches!(ty, Type::Bool | Type::Char | Type::String)
}

/// The first type inside `ty` that the host can't make a value of, if there is one.
pub fn impossible(ty: &Type) -> Option<Type> {
    if Handle::of(ty).is_some() {
        return None;
    }
    match ty {
        Type::Own(_) | Type::Borrow(_) | Type::Stream(_) | Type::Future(_) | Type::ErrorContext => {
            Some(ty.clone())
        }
        Type::List(list) => impossible(&list.ty()),
        Type::Option(option) => impossible(&option.ty()),
        Type::Tuple(tuple) => tuple.types().find_map(|ty| impossible(&ty)),
        Type::Record(record) => record.fields().find_map(|field| impossible(&field.ty)),
        Type::Variant(variant) => variant.cases().find_map(|case| impossible(&case.ty?)),
        Type::Result(result) => {
            [result.ok(), result.err()].into_iter().flatten().find_map(|ty| impossible(&ty))
        }
        _ => None,
    }
}
