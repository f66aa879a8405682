//! Legacy modules: a core module that speaks preview 1 or one of its dialects becomes a component.
//!
//! In: the module's bytes and what to wrap it for. Out: a component's bytes and what a user should
//! be told. Three steps, each a file: `survey` reads what the module is, `dialect` says for each of
//! its imports which function of our adapter meets it, `shift` writes the module again with those
//! names and with the adapter's memory below its own (or `rename` with the names alone, where the
//! memory can't be moved). `world` gives a module typed exports; `resource` knows Dagger and
//! CommonWA, and `entry` gives their programs a `_start`. Nothing here reads a file, prints, or
//! knows about the engine.

#[cfg(test)]
mod damaged;
mod dialect;
mod entry;
mod error;
#[cfg(test)]
mod hostile;
mod rename;
mod resource;
mod shift;
mod stub;
mod survey;
#[cfg(test)]
mod tests;
mod world;

pub use error::Error;
pub use resource::Spoken;
pub use shift::SHIFT;
pub use world::{embed, located};

use std::borrow::Cow;

use survey::{Form, Survey};
use wit_component::ComponentEncoder;

pub use crate::config::{Legacy as Options, Sockets};

/// The adapter for programs with a `_start`, as `adapter/build` made it.
pub const COMMAND_ADAPTER: &[u8] = include_bytes!("../../../../adapter/built/command.wasm");

/// The adapter for modules that are called into.
pub const REACTOR_ADAPTER: &[u8] = include_bytes!("../../../../adapter/built/reactor.wasm");

/// The adapters for modules that can't be moved.
pub const HEAP_COMMAND_ADAPTER: &[u8] =
    include_bytes!("../../../../adapter/built/command-heap.wasm");
/// See [`HEAP_COMMAND_ADAPTER`].
pub const HEAP_REACTOR_ADAPTER: &[u8] =
    include_bytes!("../../../../adapter/built/reactor-heap.wasm");

/// The adapters for modules that find sockets open.
pub const PREOPENS_COMMAND_ADAPTER: &[u8] =
    include_bytes!("../../../../adapter/built/command-preopens.wasm");
/// See [`PREOPENS_COMMAND_ADAPTER`].
pub const PREOPENS_REACTOR_ADAPTER: &[u8] =
    include_bytes!("../../../../adapter/built/reactor-preopens.wasm");

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
    let mut survey = Survey::of(core)?;
    let mut core = Cow::Borrowed(core);
    if resource::is_spoken(&survey)
        && let Some(main) = entry::main(&core)
    {
        core = Cow::Owned(entry::begin(&core, &survey, &main)?);
        survey = Survey::of(&core)?;
    }
    let core = &*core;
    let place = Place::of(core, &survey)?;
    let unix = place == Place::Below && options.unix_sockets && survey.opens_sockets();
    let adapter = place.adapter(survey.form, options.preopened_sockets || unix)?;
    let resolution = dialect::resolve(&survey, &survey::functions(adapter)?, options)?;
    let module = match place {
        Place::Below => shift::shift(core, &survey, &resolution.names)?,
        Place::Heap => rename::imports(core, &resolution.names)?,
    };
    let encode = |error: anyhow::Error| Error::Encode(format!("{error:#}"));
    let mut encoder = ComponentEncoder::default().validate(true).module(&module).map_err(encode)?;
    encoder = encoder.adapter(PREVIEW1, adapter).map_err(encode)?;
    if !resolution.stubs.is_empty() {
        encoder =
            encoder.adapter(stub::MODULE, &stub::module(&resolution.stubs)).map_err(encode)?;
    }
    Ok(Wrapped {
        component: encoder.encode().map_err(encode)?,
        unknown: resolution.stubs.into_iter().map(|(name, _)| name).collect(),
    })
}

/// Where the adapter's state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Below the module, whose memory is moved up.
    Below,
    /// In the module's heap: the types of its world follow pointers in its memory, which can't be
    /// moved then.
    Heap,
}

impl Place {
    fn of(core: &[u8], survey: &Survey) -> Result<Place, Error> {
        match survey.typed && world::uses_memory(core)? {
            false => Ok(Place::Below),
            true if survey.has_realloc => Ok(Place::Heap),
            true => Err(Error::Typed),
        }
    }

    fn adapter(self, form: Form, preopens: bool) -> Result<&'static [u8], Error> {
        Ok(match (self, form, preopens) {
            (Place::Below, Form::Command, false) => COMMAND_ADAPTER,
            (Place::Below, Form::Reactor, false) => REACTOR_ADAPTER,
            (Place::Heap, Form::Command, false) => HEAP_COMMAND_ADAPTER,
            (Place::Heap, Form::Reactor, false) => HEAP_REACTOR_ADAPTER,
            (Place::Below, Form::Command, true) => PREOPENS_COMMAND_ADAPTER,
            (Place::Below, Form::Reactor, true) => PREOPENS_REACTOR_ADAPTER,
            (Place::Heap, _, true) => return Err(Error::Preopens),
        })
    }
}
