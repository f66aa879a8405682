//! Why a module can't be wrapped.

use std::fmt;

use crate::hint::{Hint, Setting};

/// What is wrong with a module, as far as wrapping it goes. `Display` says what, [`Error::hint`]
/// what to do.
#[derive(Debug)]
pub enum Error {
    /// The bytes are no valid core module.
    Malformed(wasmparser::Error),
    /// Imports that neither the adapter nor a socket dialect has, as `module` `name`.
    UnknownImports(Vec<(String, String)>),
    /// An import of a known name whose type no dialect has.
    Type {
        /// The function's name.
        name: String,
        /// Its type in the module.
        found: String,
    },
    /// The module has a world of its own, whose types follow pointers in a memory that must
    /// therefore stay where it is, and no allocator that could be asked for room instead.
    Typed,
    /// It is to find sockets open, and the adapter's state must be in its heap.
    Preopens,
    /// A WIT package that can't be read, or a world that isn't there.
    World(String),
    /// Functions that a world exports and a module doesn't.
    NotExported(Vec<String>),
    /// Something about the module's memory.
    Memory(&'static str),
    /// A data segment whose place isn't known before the module runs.
    DataOffset,
    /// `wit-component` said no.
    Encode(String),
}

impl Error {
    /// What a user can do about it.
    pub fn hint(&self) -> Hint {
        let words = match self {
            Error::Malformed(_) => "check that the file is a whole WebAssembly module",
            Error::UnknownImports(_) => "build the program for `wasm32-wasip1`",
            Error::Type { .. } => {
                return Hint::with(
                    "build the program again with current tools, or leave out {}",
                    [Setting::StrictImports],
                );
            }
            Error::Typed => {
                return Hint::with(
                    "export the canonical ABI's allocator from it, `cabi_realloc`; or say {}",
                    [Setting::OfficialAdapter],
                );
            }
            Error::Preopens => {
                return Hint::with(
                    "leave out {} and {}, or the world",
                    [Setting::Listen, Setting::Dial],
                );
            }
            Error::World(_) => {
                return Hint::with(
                    "check it with `wasm-tools component wit`, and choose one world with {}",
                    [Setting::World],
                );
            }
            Error::NotExported(_) => {
                "export them from the module by these names, with `_` where WIT has `-`"
            }
            Error::Memory(_) => {
                "build the program with one exported 32-bit memory and without threads"
            }
            Error::DataOffset => "build the program without position-independent code",
            Error::Encode(_) => {
                return Hint::with(
                    "wrap it with the official adapter, to see whether ours is at fault: {}",
                    [Setting::OfficialAdapter],
                );
            }
        };
        words.into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Malformed(error) => write!(f, "the module is malformed: {error}"),
            Error::UnknownImports(imports) => {
                f.write_str("the module imports functions that nobody provides: ")?;
                for (index, (module, name)) in imports.iter().enumerate() {
                    write!(f, "{}`{module}` `{name}`", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Error::Type { name, found } => {
                write!(f, "the module imports `{name}` with the type {found}, which it has nowhere")
            }
            Error::Typed => f.write_str(
                "the module has typed imports or exports, so its memory can't be moved, and no `cabi_realloc`",
            ),
            Error::Preopens => {
                f.write_str("a module whose types follow pointers in its memory can't find sockets open")
            }
            Error::World(why) => write!(f, "the world can't be read: {why}"),
            Error::NotExported(names) => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                write!(f, "the module doesn't export {}", names.join(", "))
            }
            Error::Memory(what) => write!(f, "the module {what}"),
            Error::DataOffset => f.write_str("the module computes where its data goes"),
            Error::Encode(cause) => write!(f, "the module can't be wrapped: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<wasmparser::Error> for Error {
    fn from(error: wasmparser::Error) -> Self {
        Error::Malformed(error)
    }
}
