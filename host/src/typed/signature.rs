//! A function's name and type, as the calls are made by it.

use wasmtime::component::Type;
use wasmtime::component::types::ComponentFunc;

use crate::error::{Class, Error, Result};
use crate::typed::example::describe;
use crate::typed::handle::{impossible, unshowable};

/// A function that can be called.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Its whole name: `func`, or `ns:pkg/interface@version#func`.
    pub name: String,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// What it returns, if anything.
    pub result: Option<Type>,
    /// Whether it is an `async func`.
    pub is_async: bool,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name in WIT.
    pub name: String,
    /// Its type, with the host's resources in it.
    pub ty: Type,
}

impl Signature {
    /// The signature of a function. Its type must be one in which the host's resources stand for
    /// what is imported.
    pub fn new(name: &str, ty: &ComponentFunc) -> Signature {
        let parameters =
            ty.params().map(|(name, ty)| Parameter { name: name.to_owned(), ty }).collect();
        Signature {
            name: name.to_owned(),
            parameters,
            result: ty.results().next(),
            is_async: ty.async_(),
        }
    }

    /// The name without its interface.
    pub fn short(&self) -> &str {
        self.name.rsplit_once('#').map_or(&self.name, |(_, short)| short)
    }

    /// Finds out whether the host can make a value for every parameter, and show the result.
    ///
    /// # Errors
    /// `Class::Usage`, for the first type that it can't.
    pub fn check(&self) -> Result<()> {
        for parameter in &self.parameters {
            if let Some(ty) = impossible(&parameter.ty) {
                let what = format!("`{}` can't be called from here", self.name);
                let why = format!(
                    "its parameter `{}` wants {}, which can't be written as text",
                    parameter.name,
                    describe(&ty)
                );
                return Err(Error::new(Class::Usage, what)
                    .cause(why)
                    .hint("call it from another component"));
            }
        }
        match self.result.as_ref().and_then(unshowable) {
            None => Ok(()),
            Some(ty) => {
                let why =
                    format!("its result holds {}, which can't be shown as text", describe(&ty));
                let what = format!("`{}` can't be called from here", self.name);
                Err(Error::new(Class::Usage, what)
                    .cause(why)
                    .hint("call it from another component"))
            }
        }
    }
}
