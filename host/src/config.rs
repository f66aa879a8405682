//! Settings of a runtime: plain values that open nothing and can't fail.

mod compiler;
mod legacy;
mod limits;

use std::path::PathBuf;
use std::time::Duration;

use crate::account::{Account, Accounts};
use crate::event::Listener;

pub use compiler::Compiler;
pub use legacy::{Legacy, Sockets};
pub use limits::{Limit, Limits, Set};

/// Everything a [`Runtime`](crate::runtime::Runtime) is made from.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where compiled code is kept; `None` compiles anew each time.
    pub cache: Option<CacheConfig>,
    /// Which adapter turns preview-1 modules into components.
    pub adapter: Adapter,
    /// What it wraps them for.
    pub legacy: Legacy,
    /// Whether precompiled artefacts may be loaded. Loading one *is* running native code: nothing
    /// checks it.
    pub allow_precompiled: bool,
    /// Whether a guest that computes without ever waiting gives the host its turn, so that it can
    /// be stopped by dropping its run. The checks in every loop make code slower, tight loops
    /// twice; a process that runs one guest and can end with it does without them.
    pub interruptible: bool,
    /// A PEM file of certificate authorities that are believed beside the public ones, for what the
    /// host dials.
    pub tls_ca: Option<PathBuf>,
    /// The process that compiles; `None` compiles in this one, where a program can make that take
    /// any time and memory.
    pub compiler: Option<Compiler>,
    /// How large a program may be in each respect.
    pub limits: Limits,
    /// What one guest may use up.
    pub budget: Budget,
    /// Who hears of events.
    pub listener: Listener,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            cache: None,
            adapter: Adapter::default(),
            legacy: Legacy::default(),
            allow_precompiled: false,
            interruptible: true,
            tls_ca: None,
            compiler: None,
            limits: Limits::default(),
            budget: Budget::default(),
            listener: Listener::deaf(),
        }
    }
}

/// Where compiled code is kept, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// The directory; it's made with mode 0700 and must belong to the user alone.
    pub directory: PathBuf,
    /// How many bytes the entries may take together; the longest unused go first.
    pub limit: u64,
}

impl CacheConfig {
    /// A cache of at most 1 GiB in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        CacheConfig { directory: directory.into(), limit: 1 << 30 }
    }
}

/// Which preview-1 adapter is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adapter {
    /// Ours; the official one for a module that has neither a memory that can be moved, because
    /// types of its own follow pointers in it, nor an allocator, `cabi_realloc`, that could be
    /// asked for room instead.
    #[default]
    Auto,
    /// Ours: with sockets, exit codes, and no memory taken from the guest's heap.
    Forebay,
    /// The one published with wasmtime: no sockets, exit codes become 0 or 1.
    Official,
}

/// What one guest may use up. Every limit is there by default but time and fuel, which only the
/// user can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of linear memory, all memories of the guest together.
    pub memory: u64,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Wall time of one run.
    pub timeout: Option<Duration>,
    /// Units of fuel, about one a wasm instruction. Metering makes code slower, so it is off unless
    /// asked for.
    pub fuel: Option<u64>,
    /// Open handles: descriptors, streams, sockets, pollables.
    pub handles: usize,
    /// Bytes of wasm stack.
    pub stack: usize,
    /// Bytes that the host holds on its behalf: what it wrote to `mem:`, buffers, names, results
    /// that are being written.
    pub host_memory: u64,
}

impl Budget {
    /// Accounts of so much; within those of a whole run, if there is one.
    pub fn accounts(&self, whole: Option<&Accounts>) -> Accounts {
        let of = |limit, whole: Option<&Account>| {
            whole.map_or_else(|| Account::new(limit), |whole| whole.part(limit))
        };
        Accounts {
            memory: of(self.memory, whole.map(|whole| &whole.memory)),
            table_elements: of(self.table_elements, whole.map(|whole| &whole.table_elements)),
            host_memory: of(self.host_memory, whole.map(|whole| &whole.host_memory)),
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            memory: 4 << 30,
            table_elements: 10_000_000,
            timeout: None,
            fuel: None,
            handles: 100_000,
            stack: 8 << 20,
            host_memory: 256 << 20,
        }
    }
}
