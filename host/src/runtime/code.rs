//! Programs as machine code: compiled, or found in the cache. The one place that loads it.

use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::{Cache, Found};
use crate::compile;
use crate::config::Config;
use crate::engine::{self, Engines, Purpose};
use crate::error::{Class, Error, Result};
use crate::event::Event;
use crate::hint::{Hint, Setting};
use crate::load::{self, Program};

/// Settings, engines and the cache.
pub(super) struct Compiler {
    /// The settings.
    pub config: Config,
    /// The engines, made when they are first needed.
    pub engines: Engines,
    /// Compiled code on disk, if there is a place for it.
    pub cache: Option<Cache>,
}

/// What an entry of the cache was made from; no text of one kind is taken for another's.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
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

impl Compiler {
    /// A cache directory that can't be used is reported as an event, and not used.
    pub fn new(config: Config) -> Compiler {
        let cache = config.cache.as_ref().and_then(|settings| match Cache::open(settings) {
            Ok(cache) => Some(cache),
            Err(why) => {
                let path = settings.directory.clone();
                config.listener.emit(Event::CacheUnusable { path, why });
                None
            }
        });
        let engines =
            Engines::new(config.budget.fuel.is_some(), config.budget.stack, config.interruptible);

        Compiler { config, engines, cache }
    }

    /// Finds the code that was compiled from `origin`, or compiles the component that `make`
    /// makes.
    pub fn compiled(
        &self,
        engine: &Engine,
        name: &str,
        origin: Origin<'_>,
        make: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Component> {
        let Some(cache) = &self.cache else {
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
    pub fn key(&self, engine: &Engine, origin: Origin<'_>) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(load::adapter_name(self.config.adapter).as_bytes());
        hasher.update(&[0]);
        hasher.update(self.config.legacy.to_string().as_bytes());
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

    /// What bytes are, within the limits.
    pub fn recognise(&self, name: &str, bytes: Vec<u8>) -> Result<Program> {
        Program::recognise_within(name, bytes, &self.config.limits)
    }

    /// A program as a component.
    pub fn component(&self, program: &Program) -> Result<Vec<u8>> {
        let adapted = program.component(self.config.adapter, &self.config.legacy)?;
        if !adapted.unknown_sockets.is_empty() {
            let functions = adapted.unknown_sockets;
            self.emit(Event::UnknownSockets { program: program.name.clone(), functions });
        }
        Ok(adapted.component)
    }

    /// A component as machine code.
    pub fn machine_code(&self, engine: &Engine, name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        load::bodies(name, bytes, &self.config.limits)?;
        self.emit(Event::Compiling { program: name.to_owned(), size: bytes.len() });
        let settings = self.engines.settings_of(engine).expect("it's one of the runtime's");
        let code = compile::compile(settings, self.config.compiler.as_ref(), name, bytes);
        self.emit(Event::Compiled);
        code
    }

    /// Compiles without a word what takes no time.
    pub fn silently(&self, engine: &Engine, name: &str, bytes: &[u8]) -> Result<Component> {
        let settings = self.engines.settings_of(engine).expect("it's one of the runtime's");
        let code = compile::compile(settings, self.config.compiler.as_ref(), name, bytes)?;
        deserialize(engine, name, &code)
    }

    /// A program that is machine code already.
    pub fn precompiled(&self, program: &Program) -> Result<Component> {
        if !self.config.allow_precompiled {
            return Err(Error::new(Class::Denied, format!("`{}` is precompiled", program.name))
                .cause("loading it is running native code, which nothing can check")
                .hint(Hint::with("if you trust who made it, say {}", [Setting::Precompiled])));
        }
        let plain = self.engines.get(false, Purpose::Program)?;
        // SAFETY: the user vouches for the file by allowing precompiled code; that is what the
        // setting means.
        match unsafe { Component::deserialize(plain, &program.bytes) } {
            Ok(component) => Ok(component),
            Err(_) => deserialize(
                self.engines.get(true, Purpose::Program)?,
                &program.name,
                &program.bytes,
            ),
        }
    }

    /// Tells the listener.
    pub fn emit(&self, event: Event) {
        self.config.listener.emit(event)
    }
}

/// Loads machine code.
pub(super) fn deserialize(engine: &Engine, name: &str, code: &[u8]) -> Result<Component> {
    // SAFETY: the code was made by this engine just now, or the user vouches for it.
    unsafe { Component::deserialize(engine, code) }.map_err(|error| unloadable(name, &error))
}

/// Loads machine code from a file of the cache.
pub(super) fn deserialize_file(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the cache gives only files whose content hashes to what was stored, in a directory
    // that only the user writes.
    unsafe { Component::deserialize_file(engine, path) }
}

/// Why machine code can't be loaded.
pub(super) fn unloadable(name: &str, error: &wasmtime::Error) -> Error {
    Error::new(Class::Program, format!("the compiled code of `{name}` can't be loaded"))
        .chain(error.chain())
        .hint("compile it again with this version of forebay, on this kind of machine, with the same budget flags")
}
