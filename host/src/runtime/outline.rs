//! A program's types without its code: how it's called is known before it's compiled.

use crate::engine::Purpose;
use crate::error::{Class, Error, Result};
use crate::load::{self, Form, Program};
use crate::runtime::{Loaded, Runtime};

impl Runtime {
    /// The program's types without its code: it can be linked, to see how it's called, and traps if
    /// it is. Takes no time that the code decides.
    ///
    /// # Errors
    /// As [`load_bytes`](Runtime::load_bytes).
    pub fn outline(&self, program: &Program) -> Result<Loaded> {
        self.outlined(program, load::outline)
    }

    /// [`outline`](Runtime::outline) of a guest among others, without the imports that the host
    /// doesn't meet.
    ///
    /// # Errors
    /// As [`outline`](Runtime::outline).
    pub fn outline_of_guest(&self, program: &Program) -> Result<Loaded> {
        self.outlined(program, load::outline_of_guest)
    }

    fn outlined(
        &self,
        program: &Program,
        outline: fn(&[u8]) -> anyhow::Result<Vec<u8>>,
    ) -> Result<Loaded> {
        let cannot =
            || Error::new(Class::Program, format!("the types of `{}` can't be read", program.name));
        if program.form == Form::Precompiled {
            return Err(cannot().cause("it's precompiled"));
        }
        let adapted = program.component(self.0.config.adapter, &self.0.config.legacy)?;
        let bytes =
            outline(&adapted.component).map_err(|error| cannot().cause(format!("{error:#}")))?;
        let engine = self.0.engines.get(program.is_async(), Purpose::Program)?;
        let component = self.0.silently(engine, &program.name, &bytes)?;
        self.loaded(&program.name, program.form, component, || Ok(program.clone()))
    }
}
