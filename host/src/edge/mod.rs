//! Calls from one store into another, through the host: what a guest imports from an isolated one
//! is defined here as functions that take values, and the host's own resources, across.

mod flow;
mod import;
mod open;
mod pipe;
mod transfer;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use wasmtime::component::{ComponentExportIndex, Val};

pub use import::{CrossStoreImport, link};
pub use open::{Open, OpenCall};
pub use transfer::{HostHandle, Transfer};

use crate::capability::Guarded;

/// A store's data from which isolated guests can be called.
pub trait Caller: Guarded {
    /// The isolated guest of that number.
    fn callee(&self, number: usize) -> Arc<dyn Callee>;
}

/// A guest in a store of its own, as its callers see it. Calls of plain functions are made one at a
/// time.
pub trait Callee: Send + Sync {
    /// Calls a function. What it's passed is gone from the caller's store, whether the call
    /// succeeds or not.
    fn call<'a>(&'a self, function: &'a Function, arguments: Vec<Transfer>) -> Answer<'a>;
}

/// What comes of a call: the function's result, if it has one.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Option<Transfer>, Failed>> + Send + 'a>>;

/// A function of an isolated guest.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its whole name, for messages: `ns:pkg/interface@version#f`.
    pub name: String,
    /// Where the guest's component exports it; `None` if the guest is a command, which is run
    /// instead.
    pub index: Option<ComponentExportIndex>,
    /// Whether it has a result.
    pub has_result: bool,
    /// Whether its guest goes on with others meanwhile, or after it returned: it's an async
    /// function, or it passes a stream or a future.
    pub concurrent: bool,
}

/// A call of an isolated guest that came to nothing: the guest trapped, exited, went over a budget
/// or couldn't be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The guest.
    pub guest: String,
    /// The function that was called.
    pub function: String,
    /// Why, after the guest's name: `trapped: …`, `went over …`.
    pub why: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the guest `{}` {}, in `{}`", self.guest, self.why, self.function)
    }
}

impl std::error::Error for Failed {}

/// What a function's result offers for telling its caller that it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorShape {
    /// By an error without a value.
    Bare,
    /// By an error that is a text.
    Text,
    /// It can't: the caller traps.
    Trap,
}

impl ErrorShape {
    fn value(self, failed: Failed) -> wasmtime::Result<Val> {
        match self {
            ErrorShape::Bare => Ok(Val::Result(Err(None))),
            ErrorShape::Text => {
                Ok(Val::Result(Err(Some(Box::new(Val::String(failed.to_string()))))))
            }
            ErrorShape::Trap => Err(failed.into()),
        }
    }
}
