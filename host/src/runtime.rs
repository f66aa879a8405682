//! The door: `Runtime::new(config)` → [`load`](Runtime::load) → [`link`](Loaded::link) →
//! [`run`](Linked::run).

mod graph;
mod linked;
mod loaded;
mod mount;
mod outline;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use wasmtime::component::Component;

use crate::app::GuestSpec;
use crate::cache::{Cache, Found};
use crate::capability::stdio::Stdio;
use crate::compile;
use crate::config::{Config, Limit};
use crate::edge::CrossStoreImport;
use crate::engine::{self, Engines, Purpose};
use crate::error::{Class, Error, Result};
use crate::event::Event;
use crate::fs::Mount;
use crate::instance::{Confined, LinkedProgram, Ready};
use crate::interfaces::Interface;
use crate::link::{self, Entry, Wanted};
use crate::load::{self, Form, Program, Source};
use crate::plan::{Plan, plan};
use crate::policy::Grants;
use crate::run::{self, Outcome};
use crate::stream::Roots;
use crate::typed::{Call, Signature};

pub use linked::Linked;

/// Settings, engines and the cache: make one, and load any number of programs with it. Clones share
/// everything.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    config: Config,
    engines: Engines,
    cache: Option<Cache>,
}

/// What an entry of the cache was made from; no text of one kind is taken for another's.
#[derive(Clone, Copy)]
enum Origin<'a> {
    /// A program's bytes.
    Program(&'a [u8]),
    /// A large program's file, by its identity.
    File(&'a str),
    /// The guests of a graph that share a store.
    Graph(&'a [u8]),
    /// An isolated guest, by the hash of its bytes.
    Guest(&'a [u8]),
    /// Who of a graph lives apart: not code.
    Division(&'a [u8]),
}

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
    isolated: Vec<graph::Isolated>,
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
        let cache = config.cache.as_ref().and_then(|settings| match Cache::open(settings) {
            Ok(cache) => Some(cache),
            Err(why) => {
                config
                    .listener
                    .emit(Event::CacheUnusable { path: settings.directory.clone(), why });
                None
            }
        });
        let engines =
            Engines::new(config.budget.fuel.is_some(), config.budget.stack, config.interruptible);
        Ok(Runtime(Arc::new(Inner { config, engines, cache })))
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
            if let Found::Hit(file) = cache.find(&self.key(engine, Origin::File(&identity)))
                && let Ok(component) = deserialize_file(engine, &file)
            {
                let read = || self.recognise(&name, source.read(most)?);
                return self.loaded(&name, form, component, read);
            }
        }
        let program = self.recognise(&name, source.read(most)?)?;
        let component = self.compile(&program, check)?;
        // The same descriptor was read, so it's the same file; changed while it was read, it may
        // not be what was compiled. Not being able to note it costs time only.
        if source.identity().is_some_and(|(_, now)| now == identity) {
            let engine = component.engine();
            let _ = cache.alias(
                &self.key(engine, Origin::File(&identity)),
                &self.key(engine, Origin::Program(&program.bytes)),
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
        let program = self.recognise(name, bytes)?;
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
        self.machine_code(engine, &program.name, &self.component(program)?)
    }

    fn compile(
        &self,
        program: &Program,
        check: &dyn Fn(&Program) -> Result<()>,
    ) -> Result<Component> {
        if program.form == Form::Precompiled {
            return self.precompiled(program);
        }
        self.compiled(
            self.0.engines.get(program.is_async(), Purpose::Program)?,
            &program.name,
            Origin::Program(&program.bytes),
            || check(program).and_then(|()| self.component(program)),
        )
    }

    /// Finds the code that was compiled from `origin`, or compiles the component that `make`
    /// makes.
    fn compiled(
        &self,
        engine: &wasmtime::Engine,
        name: &str,
        origin: Origin<'_>,
        make: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Component> {
        let Some(cache) = &self.0.cache else {
            let code = self.machine_code(engine, name, &make()?)?;
            return deserialize(engine, name, &code);
        };
        let key = self.key(engine, origin);
        match cache.find(&key) {
            Found::Hit(path) => match deserialize_file(engine, &path) {
                Ok(component) => return Ok(component),
                Err(error) => self.emit(Event::CacheDamaged { path, why: error.to_string() }),
            },
            Found::Damaged { path, why } => self.emit(Event::CacheDamaged { path, why }),
            Found::Miss => {}
        }
        let code = self.machine_code(engine, name, &make()?)?;
        match cache.store(&key, &code) {
            Ok(path) => deserialize_file(engine, &path).map_err(|error| unloadable(name, &error)),
            Err(error) => {
                self.emit(Event::CacheUnusable {
                    path: cache.directory().to_owned(),
                    why: error.to_string(),
                });
                deserialize(engine, name, &code)
            }
        }
    }

    /// Everything that decides what the compiled code is: what it's compiled from, how that is
    /// adapted, and for which engine.
    fn key(&self, engine: &wasmtime::Engine, origin: Origin<'_>) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(load::adapter_name(self.0.config.adapter).as_bytes());
        hasher.update(&[0]);
        hasher.update(self.0.config.legacy.to_string().as_bytes());
        hasher.update(&[0]);
        hasher.update(&engine::compatibility(engine).to_le_bytes());
        let (kind, text) = match origin {
            Origin::Program(bytes) => (0, bytes),
            Origin::File(identity) => (1, identity.as_bytes()),
            Origin::Graph(identity) => (2, identity),
            Origin::Guest(hash) => (3, hash),
            Origin::Division(identity) => (4, identity),
        };
        hasher.update(&[kind]);
        hasher.update(text);
        hasher.finalize().to_hex().to_string()
    }

    fn recognise(&self, name: &str, bytes: Vec<u8>) -> Result<Program> {
        Program::recognise_within(name, bytes, &self.0.config.limits)
    }

    fn component(&self, program: &Program) -> Result<Vec<u8>> {
        let adapted = program.component(self.0.config.adapter, &self.0.config.legacy)?;
        if !adapted.unknown_sockets.is_empty() {
            let functions = adapted.unknown_sockets;
            self.emit(Event::UnknownSockets { program: program.name.clone(), functions });
        }
        Ok(adapted.component)
    }

    fn machine_code(&self, engine: &wasmtime::Engine, name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        load::bodies(name, bytes, &self.0.config.limits)?;
        self.emit(Event::Compiling { program: name.to_owned(), size: bytes.len() });
        let settings = self.0.engines.settings_of(engine).expect("it's one of the runtime's");
        let code = compile::compile(settings, self.0.config.compiler.as_ref(), name, bytes);
        self.emit(Event::Compiled);
        code
    }

    fn precompiled(&self, program: &Program) -> Result<Component> {
        if !self.0.config.allow_precompiled {
            return Err(Error::new(Class::Denied, format!("`{}` is precompiled", program.name))
                .cause("loading it is running native code, which nothing can check")
                .hint("if you trust who made it, say `--allow-precompiled`"));
        }
        let plain = self.0.engines.get(false, Purpose::Program)?;
        // SAFETY: the user vouches for the file by allowing precompiled code; that is what the
        // setting means.
        match unsafe { Component::deserialize(plain, &program.bytes) } {
            Ok(component) => Ok(component),
            Err(_) => deserialize(
                self.0.engines.get(true, Purpose::Program)?,
                &program.name,
                &program.bytes,
            ),
        }
    }

    fn emit(&self, event: Event) {
        self.0.config.listener.emit(event)
    }
}

fn deserialize(engine: &wasmtime::Engine, name: &str, code: &[u8]) -> Result<Component> {
    // SAFETY: the code was made by this engine just now, or the user vouches for it.
    unsafe { Component::deserialize(engine, code) }.map_err(|error| unloadable(name, &error))
}

fn deserialize_file(engine: &wasmtime::Engine, path: &PathBuf) -> wasmtime::Result<Component> {
    // SAFETY: the cache gives only files whose content hashes to what was stored, in a directory
    // that only the user writes.
    unsafe { Component::deserialize_file(engine, path) }
}

fn unloadable(name: &str, error: &wasmtime::Error) -> Error {
    Error::new(Class::Program, format!("the compiled code of `{name}` can't be loaded"))
        .chain(error.chain())
        .hint("compile it again with this version of forebay, on this kind of machine, with the same budget flags")
}
