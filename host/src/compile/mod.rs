//! From a component's bytes to machine code, in this process or in one of its own.
//!
//! How long compiling takes and how much memory, the program decides: nested loops times local
//! variables, for instance. So the command compiles in a [`child`], which has limits of its own and
//! ends without taking anything along; what it does is [`answer`].

mod answer;
mod child;
mod request;

pub use answer::answer;

use crate::compile::request::here;
use crate::config::Compiler;
use crate::engine::Settings;
use crate::error::{Class, Error, Result};

/// Compiles a component. `name` is for messages.
///
/// # Errors
/// `Class::Program` when it isn't valid, `Class::Denied` when compiling it goes over a limit,
/// `Class::Host` when the compiler breaks off.
pub fn compile(
    settings: Settings,
    compiler: Option<&Compiler>,
    name: &str,
    component: &[u8],
) -> Result<Vec<u8>> {
    let made = match compiler {
        Some(compiler) => child::compile(settings, compiler, name, component)?,
        None => here(settings, component)?,
    };
    made.map_err(|reasons| invalid(name, &reasons))
}

fn invalid(name: &str, reasons: &[String]) -> Error {
    let handed_on =
        reasons.iter().any(|reason| reason.contains("reexport of an imported function"));
    let hint = if handed_on {
        "a guest that exports what it imports can't do so with functions of the host or of an isolated guest"
    } else {
        "it may use a proposal that isn't on by default; build it again with current tools"
    };
    let error = Error::new(Class::Program, format!("`{name}` is not valid WebAssembly"));
    let mut reasons = reasons.to_vec();
    reasons.dedup();
    reasons.iter().fold(error, Error::cause).hint(hint)
}
