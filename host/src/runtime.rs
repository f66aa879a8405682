//! The door: `Runtime::new(config)` → [`load`](Runtime::load) → [`link`](Loaded::link) →
//! [`run`](Linked::run).

mod code;
mod graph;
mod imports;
mod isolated;
mod linked;
mod loaded;
mod mount;
mod outline;

use std::path::Path;
use std::sync::Arc;

use wasmtime::component::Component;

use crate::cache::Found;
use crate::config::{Config, Limit};
use crate::edge::CrossStoreImport;
use crate::engine::Purpose;
use crate::error::{Class, Error, Result};
use crate::fs::Mount;
use crate::instance::Confined;
use crate::load::{self, Form, Program, Source};

use self::code::{Compiler, Origin, deserialize_file};
use self::isolated::Isolated;

pub use linked::Linked;

/// Settings, engines and the cache: make one, and load any number of programs with it. Clones share
/// everything.
#[derive(Clone)]
pub struct Runtime(Arc<Compiler>);

/// A compiled program.
#[derive(Clone)]
pub struct Loaded {
    runtime: Runtime,
    name: String,
    component: Component,
    /// Bytes of memory that our adapter has below the guest's own, which its budget doesn't count.
    headroom: u64,
    /// The functions of a module that does nothing when it's run.
    idle: Option<Vec<String>>,
    /// What isolated guests meet of its imports.
    cross_store: Vec<CrossStoreImport>,
    /// The isolated guests, each after those that it calls.
    isolated: Vec<Isolated>,
    /// The guests in the same store whose memory or tables are limited.
    confined: Vec<Confined>,
    /// What is mounted at paths of the main guest.
    mounts: Vec<Mount>,
}

impl Runtime {
    /// A runtime with these settings. A cache directory that can't be used is reported as an event,
    /// and not used.
    ///
    /// # Errors
    /// None today; engines are made when they are first needed, and report their errors then.
    pub fn new(config: Config) -> Result<Runtime> {
        Ok(Runtime(Arc::new(Compiler::new(config))))
    }

    /// Reads the program at `path` and compiles it, or finds it compiled.
    ///
    /// # Errors
    /// As [`load_bytes`](Runtime::load_bytes), and `Class::NotFound` when there is no such file.
    pub async fn load(&self, path: impl AsRef<Path>) -> Result<Loaded> {
        let (runtime, path) = (self.clone(), path.as_ref().to_owned());
        let name = path.display().to_string();
        let work = move || runtime.load_file_blocking(&path);
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            Error::new(Class::Host, format!("the compilation of `{name}` broke off")).cause(error)
        })?
    }

    /// [`load`](Runtime::load) on this thread. A large program that is cached is found by which
    /// file it is, and not read.
    ///
    /// # Errors
    /// As [`load`](Runtime::load).
    pub fn load_file_blocking(&self, path: &Path) -> Result<Loaded> {
        self.load_file_if(path, &|_| Ok(()))
    }

    /// [`load_file_blocking`](Runtime::load_file_blocking), but `check` is asked before a program
    /// that isn't cached is compiled.
    ///
    /// # Errors
    /// As [`load`](Runtime::load), and what `check` says.
    pub fn load_file_if(
        &self,
        path: &Path,
        check: &dyn Fn(&Program) -> Result<()>,
    ) -> Result<Loaded> {
        let name = path.display().to_string();
        let (source, most) = (Source::open(path)?, self.0.config.limits.get(Limit::Size));
        let identity = self.0.cache.as_ref().and_then(|cache| Some((cache, source.identity()?)));
        let Some((cache, (form, identity))) = identity else {
            return self.load_if(&name, source.read(most)?, check);
        };
        for concurrent in [false, true] {
            let engine = self.0.engines.get(concurrent, Purpose::Program)?;
            if let Found::Hit(file) = cache.find(&self.0.key(engine, Origin::File(&identity)))
                && let Ok(component) = deserialize_file(engine, &file)
            {
                let read = || self.0.recognise(&name, source.read(most)?);
                return self.loaded(&name, form, component, read);
            }
        }
        let program = self.0.recognise(&name, source.read(most)?)?;
        let component = self.compile(&program, check)?;
        // The same descriptor was read, so it's the same file; changed while it was read, it may
        // not be what was compiled. Not being able to note it costs time only.
        if source.identity().is_some_and(|(_, now)| now == identity) {
            let engine = component.engine();
            let _ = cache.alias(
                &self.0.key(engine, Origin::File(&identity)),
                &self.0.key(engine, Origin::Program(&program.bytes)),
            );
        }
        self.loaded(&name, form, component, || Ok(program))
    }

    /// `program` is asked for if it may be one that does nothing.
    fn loaded(
        &self,
        name: &str,
        form: Form,
        component: Component,
        program: impl FnOnce() -> Result<Program>,
    ) -> Result<Loaded> {
        let headroom = load::headroom(form, self.0.config.adapter);
        let silent = component.component_type().exports(component.engine()).len() == 0;
        let idle = match form == Form::Module && silent {
            true => load::idle(name, &program()?.bytes),
            false => None,
        };
        Ok(Loaded {
            runtime: self.clone(),
            name: name.to_owned(),
            component,
            headroom,
            idle,
            cross_store: Vec::new(),
            isolated: Vec::new(),
            confined: Vec::new(),
            mounts: Vec::new(),
        })
    }

    /// Compiles the program in `bytes`, or finds it compiled. `name` is for messages and the
    /// guest's first argument.
    ///
    /// # Errors
    /// `Class::Program` when the bytes are no program that can run, `Class::Import` when it's a
    /// core module that imports what nobody provides, `Class::Denied` when it's precompiled and
    /// that isn't allowed.
    pub async fn load_bytes(&self, name: &str, bytes: Vec<u8>) -> Result<Loaded> {
        let (runtime, owned) = (self.clone(), name.to_owned());
        let work = move || runtime.load_blocking(&owned, bytes);
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            Error::new(Class::Host, format!("the compilation of `{name}` broke off")).cause(error)
        })?
    }

    /// [`load_bytes`](Runtime::load_bytes) on this thread, which can take seconds when the program
    /// isn't cached.
    ///
    /// # Errors
    /// As [`load_bytes`](Runtime::load_bytes).
    pub fn load_blocking(&self, name: &str, bytes: Vec<u8>) -> Result<Loaded> {
        self.load_if(name, bytes, &|_| Ok(()))
    }

    /// [`load_blocking`](Runtime::load_blocking), but `check` is asked before a program that isn't
    /// cached is compiled.
    ///
    /// # Errors
    /// As [`load_bytes`](Runtime::load_bytes), and what `check` says.
    pub fn load_if(
        &self,
        name: &str,
        bytes: Vec<u8>,
        check: &dyn Fn(&Program) -> Result<()>,
    ) -> Result<Loaded> {
        let program = self.0.recognise(name, bytes)?;
        let component = self.compile(&program, check)?;
        let form = program.form;
        self.loaded(name, form, component, || Ok(program))
    }

    /// Compiles a program ahead of time; the result runs with `allow_precompiled` on machines of
    /// this kind.
    ///
    /// # Errors
    /// As [`load_bytes`](Runtime::load_bytes).
    pub fn precompile(&self, program: &Program) -> Result<Vec<u8>> {
        let engine = self.0.engines.get(program.is_async(), Purpose::Program)?;
        self.0.machine_code(engine, &program.name, &self.0.component(program)?)
    }

    fn compile(
        &self,
        program: &Program,
        check: &dyn Fn(&Program) -> Result<()>,
    ) -> Result<Component> {
        if program.form == Form::Precompiled {
            return self.0.precompiled(program);
        }
        self.0.compiled(
            self.0.engines.get(program.is_async(), Purpose::Program)?,
            &program.name,
            Origin::Program(&program.bytes),
            || check(program).and_then(|()| self.0.component(program)),
        )
    }
}
