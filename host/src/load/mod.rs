//! The left edge: whatever the user names becomes a component. Nothing to the right of here knows
//! preview 1.
//!
//! [`Source`] fetches bytes, [`detect`] says what they are by their content, and
//! [`Program::component`] makes component bytes of them: text is assembled, a core module is
//! wrapped by an adapter, a component is taken as it is.

mod adapt;
mod binary;
mod comments;
mod compromise;
mod decode;
mod detect;
mod foreign;
mod identity;
pub mod legacy;
mod limits;
mod module;
mod outline;
mod read;
mod text;
mod toolchain;

pub use adapt::{Adapted, adapter_name, headroom};
pub use decode::decode;
pub use detect::{Form, detect};
pub(crate) use limits::bodies;
pub use module::{Dialect, Entry, Facts};
pub use outline::{outline, outline_of_guest};
pub use read::{Source, read, whole};
pub use toolchain::{idle, is_toolchains};

use std::path::Path;

use crate::config::{Adapter, Legacy, Limit, Limits};
use crate::error::Result;

/// Bytes that were recognised as a program.
#[derive(Clone, Debug)]
pub struct Program {
    /// How the user calls it; used in messages and as the guest's first argument.
    pub name: String,
    /// What the bytes are.
    pub form: Form,
    /// The binary form: text has been assembled.
    pub bytes: Vec<u8>,
}

impl Program {
    /// Recognises `bytes` by their content. `name` is only for messages.
    ///
    /// # Errors
    /// `Class::Program` when they are not a program that can run; the error says what they are
    /// instead. `Class::Denied` when it's over a default limit.
    pub fn recognise(name: &str, bytes: Vec<u8>) -> Result<Program> {
        Program::recognise_within(name, bytes, &Limits::default())
    }

    /// [`recognise`](Program::recognise) with other limits than the defaults.
    ///
    /// # Errors
    /// As [`recognise`](Program::recognise), and `Class::Denied` when it's over a limit.
    pub fn recognise_within(name: &str, bytes: Vec<u8>, limits: &Limits) -> Result<Program> {
        let size = bytes.len() as u64;
        if size > limits.get(Limit::Size) {
            return Err(limits::over(name, Limit::Size, size, limits.get(Limit::Size)));
        }
        if size > limits.get(Limit::Text) && detect::is_text(&bytes) {
            return Err(limits::over(name, Limit::Text, size, limits.get(Limit::Text)));
        }
        limits::expressions(name, &bytes, limits)?;
        let (form, bytes) = detect(name, bytes)?;
        if form != Form::Precompiled {
            limits::sections(name, &bytes, limits)?;
        }
        Ok(Program { name: name.to_owned(), form, bytes })
    }

    /// What a core module needs and offers; `None` for a component.
    ///
    /// # Errors
    /// `Class::Program` when the module is invalid or of a kind that can't be wrapped.
    pub fn module(&self) -> Result<Option<Facts>> {
        match self.form {
            Form::Module => module::facts(&self.name, &self.bytes).map(Some),
            Form::Component | Form::Precompiled => Ok(None),
        }
    }

    /// The program as component bytes.
    ///
    /// # Errors
    /// `Class::Program` when the module is invalid or can't be wrapped, `Class::Import` when it
    /// imports what nobody provides.
    pub fn component(&self, adapter: Adapter, options: &Legacy) -> Result<Adapted> {
        match self.module()? {
            Some(facts) => {
                let mut adapted = adapt::adapt(&self.name, &self.bytes, &facts, adapter, options)?;
                comments::keep(&self.bytes, &mut adapted.component);
                Ok(adapted)
            }
            None => {
                binary::check_component(&self.name, &self.bytes)?;
                Ok(Adapted { component: self.bytes.clone(), unknown_sockets: Vec::new() })
            }
        }
    }

    /// Gives a reactor the world `world`, or the only one, of the WIT package at `wit` (a file or a
    /// directory): its plain exports become typed ones, and its imports what the world imports.
    ///
    /// # Errors
    /// `Class::Usage` when the program isn't such a module or the world can't be read,
    /// `Class::Program` when the module lacks a function that the world exports.
    pub fn lift(self, wit: &Path, world: Option<&str>) -> Result<Program> {
        let bytes = adapt::lift(&self.name, &self.bytes, self.module()?.as_ref(), wit, world)?;
        Ok(Program { bytes, ..self })
    }

    /// What a module does that standard WASI has no way of expressing, in words.
    ///
    /// # Errors
    /// As [`module`](Program::module).
    pub fn compromises(&self, options: &Legacy) -> Result<Vec<String>> {
        Ok(self.module()?.map(|facts| compromise::of(&facts, options)).unwrap_or_default())
    }

    /// Whether the program may be a command: a module with `_start`, or what stands for it in the
    /// legacy system that it was made for, or a component with `wasi:cli/run`.
    pub fn is_command(&self) -> bool {
        match self.form {
            Form::Component => binary::is_command(&self.bytes),
            Form::Module => {
                matches!(self.module(), Ok(Some(facts)) if facts.entry == Entry::Command)
            }
            Form::Precompiled => false,
        }
    }

    /// Whether the program uses async functions, streams or futures, which need an engine with
    /// concurrency support. Found by walking section headers only: it takes microseconds for
    /// megabytes of code.
    pub fn is_async(&self) -> bool {
        match self.form {
            Form::Component => binary::is_async(&self.bytes),
            Form::Module => binary::is_async_module(&self.bytes),
            Form::Precompiled => false,
        }
    }
}
