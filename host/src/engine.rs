//! The engines: one with concurrency support for components that use async, one without, which
//! calls the host faster; and both once more for graphs, inlining across guests, and for isolated
//! guests, whom their host must be able to stop.
//!
//! Each is made when first asked for. One thread per engine advances its epoch, where guests are to
//! be interruptible; the thread ends with the engine. Code compiled for one engine doesn't load in
//! another, so an engine's compatibility hash is part of a cache key.

mod pool;

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wasmtime::{Config, Engine, Inlining, WasmBacktraceDetails};

pub use pool::Pool;

use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};

/// How often a running guest gives the host a chance to stop it.
const TICK: Duration = Duration::from_millis(10);

/// Stack that host functions called from a guest may use, beyond the guest's own.
const HOST_STACK: usize = 1 << 20;

/// What an engine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Programs by themselves.
    Program,
    /// Guests that share a store: calls from guest to guest are inlined, for which compiling takes
    /// longer.
    Graph,
    /// A guest in a store of its own, whose calls can be given a time limit.
    Isolated,
    /// The same with fuel.
    Metered,
}

/// A graph of more guests isn't inlined: in a long row of small ones the code of each holds that of
/// many others, and 100 of them take a second to compile instead of 30 ms.
const MOST_INLINED: usize = 32;

impl Purpose {
    /// Every purpose, in order.
    const ALL: [Purpose; 4] =
        [Purpose::Program, Purpose::Graph, Purpose::Isolated, Purpose::Metered];

    /// What the engine is for that runs so many guests in one store.
    pub fn of_guests(count: usize) -> Purpose {
        if count <= MOST_INLINED { Purpose::Graph } else { Purpose::Program }
    }
}

/// All that makes an engine what it is: equal settings, equal code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    concurrent: bool,
    purpose: Purpose,
    fuel: bool,
    stack: usize,
    interruptible: bool,
}

/// The engines of a runtime.
#[derive(Debug)]
pub struct Engines {
    fuel: bool,
    stack: usize,
    interruptible: bool,
    /// By whether they support concurrency, then by purpose.
    made: [[OnceLock<Engine>; 4]; 2],
}

impl Engines {
    /// Engines whose guests are metered if `fuel`, have `stack` bytes of stack, and give the host
    /// its turn now and then if `interruptible`. None is made yet.
    pub fn new(fuel: bool, stack: usize, interruptible: bool) -> Self {
        Engines { fuel, stack, interruptible, made: Default::default() }
    }

    /// The engine for programs that use async functions, streams or futures (`concurrent`), or for
    /// the others.
    ///
    /// # Errors
    /// `Class::Host` when the machine can't run the engine.
    pub fn get(&self, concurrent: bool, purpose: Purpose) -> Result<&Engine> {
        let slot = &self.made[usize::from(concurrent)][purpose as usize];
        if let Some(engine) = slot.get() {
            return Ok(engine);
        }
        let settings = self.settings(concurrent, purpose);
        let engine = settings.engine()?;
        Ok(slot.get_or_init(|| {
            if settings.interruptible {
                tick(&engine);
            }
            engine
        }))
    }

    /// An engine like one of these, which runs the same code, with places for a component's
    /// instances.
    ///
    /// # Errors
    /// `Class::Host` when the system has no room for them.
    pub fn pooled(&self, engine: &Engine, pool: &Pool) -> Result<Engine> {
        let settings = self.settings_of(engine).expect("it's one of the runtime's");
        let mut config = settings.config();
        config.allocation_strategy(pool.strategy());
        let engine = Engine::new(&config).map_err(|error| {
            Error::new(Class::Host, "cannot make places for instances ahead").chain(error.chain())
        })?;
        if settings.interruptible {
            tick(&engine);
        }
        Ok(engine)
    }

    /// The settings of one of these engines.
    pub fn settings_of(&self, engine: &Engine) -> Option<Settings> {
        let places = (0..2).flat_map(|concurrent| (0..4).map(move |purpose| (concurrent, purpose)));
        let is_it = |(concurrent, purpose): &(usize, usize)| {
            self.made[*concurrent][*purpose].get().is_some_and(|own| Engine::same(own, engine))
        };
        let (concurrent, purpose) = places.into_iter().find(is_it)?;
        Some(self.settings(concurrent == 1, Purpose::ALL[purpose]))
    }

    fn settings(&self, concurrent: bool, purpose: Purpose) -> Settings {
        Settings {
            concurrent,
            purpose,
            fuel: self.fuel || purpose == Purpose::Metered,
            stack: self.stack,
            interruptible: self.interruptible
                || matches!(purpose, Purpose::Isolated | Purpose::Metered),
        }
    }
}

impl Settings {
    /// A new engine with these settings, whose epoch nobody advances.
    ///
    /// # Errors
    /// `Class::Host` when the machine can't run it.
    pub fn engine(&self) -> Result<Engine> {
        Engine::new(&self.config()).map_err(|error| {
            Error::new(Class::Host, "cannot start the WebAssembly engine")
                .chain(error.chain())
                .hint(Hint::with(
                    "check {}, and that this processor is supported",
                    [Setting::Stack],
                ))
        })
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .concurrency_support(self.concurrent)
            .compiler_inlining(if self.purpose == Purpose::Graph {
                Inlining::InterModule
            } else {
                Inlining::No
            })
            .epoch_interruption(self.interruptible)
            .consume_fuel(self.fuel)
            .max_wasm_stack(self.stack)
            .async_stack_size(self.stack.saturating_add(HOST_STACK))
            // Guests of a composition import under names of their own, which say what they
            // implement.
            .wasm_component_model_implements(true)
            .wasm_backtrace_details(WasmBacktraceDetails::Enable);
        config
    }
}

/// Advances the engine's epoch until the engine is gone.
fn tick(engine: &Engine) {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("forebay-epoch".into())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })
        .expect("the operating system gives a thread");
}

/// What decides whether compiled code loads in an engine, as a number: engine version, settings,
/// processor features.
pub fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = blake3_hasher();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

/// `Hash` into BLAKE3: std's own hasher may change between compilers.
fn blake3_hasher() -> impl Hasher {
    struct Stable(blake3::Hasher);
    impl Hasher for Stable {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            u64::from_le_bytes(
                *self.0.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes"),
            )
        }
    }
    Stable(blake3::Hasher::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_changes_code_changes_the_number() {
        let mut seen = std::collections::BTreeSet::new();
        for fuel in [false, true] {
            for interruptible in [false, true] {
                for concurrent in [false, true] {
                    for purpose in [Purpose::Program, Purpose::Graph] {
                        let stack = 1 << 20;
                        let settings = Settings { concurrent, purpose, fuel, stack, interruptible };
                        let engine = settings.engine().unwrap();
                        assert!(seen.insert(compatibility(&engine)), "{settings:?}");
                        // The stack is the run's, not the code's.
                        let other = Settings { stack: 2 << 20, ..settings }.engine().unwrap();
                        assert_eq!(compatibility(&engine), compatibility(&other));
                    }
                }
            }
        }
    }
}
