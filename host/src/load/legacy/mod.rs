//! Legacy modules: a core module that speaks preview 1 or one of its dialects becomes a component.
//!
//! In: the module's bytes and what to wrap it for. Out: a component's bytes and what a user should be told. Three steps,
//! each a file: `survey` reads what the module is, `dialect` says for each of its imports which function of our adapter
//! meets it, `shift` writes the module again with those names and with the adapter's memory below its own.
//! Nothing here reads a file, prints, or knows about the engine.

mod dialect;
mod error;
#[cfg(test)]
mod hostile;
mod shift;
mod stub;
mod survey;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use shift::SHIFT;

use survey::{Form, Survey};
use wit_component::ComponentEncoder;

pub use crate::config::{Legacy as Options, Sockets};

/// The adapter for programs with a `_start`, as `adapter/build` made it.
pub const COMMAND_ADAPTER: &[u8] = include_bytes!("../../../../adapter/built/command.wasm");

/// The adapter for modules that are called into.
pub const REACTOR_ADAPTER: &[u8] = include_bytes!("../../../../adapter/built/reactor.wasm");

/// The import module under which the adapter stands.
const PREVIEW1: &str = "wasi_snapshot_preview1";

/// Its predecessor's, whose functions differ in four places.
const UNSTABLE: &str = "wasi_unstable";

/// A module that was wrapped.
#[derive(Debug)]
pub struct Wrapped {
    /// The component.
    pub component: Vec<u8>,
    /// Imports that no dialect has, by name: calls of them return `ENOSYS`.
    pub unknown: Vec<String>,
}

/// Makes a component of a legacy module, with our adapter.
///
/// # Errors
/// When the module isn't one that can be wrapped; see [`Error`].
pub fn wrap(core: &[u8], options: &Options) -> Result<Wrapped, Error> {
    let survey = Survey::of(core)?;
    let adapter = match survey.form {
        Form::Command => COMMAND_ADAPTER,
        Form::Reactor => REACTOR_ADAPTER,
    };
    let resolution = dialect::resolve(&survey, &survey::functions(adapter)?, options)?;
    let shifted = shift::shift(core, &survey, &resolution.names)?;
    let encode = |error: anyhow::Error| Error::Encode(format!("{error:#}"));
    let mut encoder = ComponentEncoder::default().validate(true).module(&shifted).map_err(encode)?;
    encoder = encoder.adapter(PREVIEW1, adapter).map_err(encode)?;
    if !resolution.stubs.is_empty() {
        encoder = encoder.adapter(stub::MODULE, &stub::module(&resolution.stubs)).map_err(encode)?;
    }
    Ok(Wrapped {
        component: encoder.encode().map_err(encode)?,
        unknown: resolution.stubs.into_iter().map(|(name, _)| name).collect(),
    })
}
