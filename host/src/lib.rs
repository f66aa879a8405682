//! Forebay: a component-model runtime that makes WebAssembly programs behave like typed Unix.
//!
//! ```text
//! bytes ─ load ─ inspect ─ plan ─ link ─ state ─ run
//!         │      │         │      │      │       │
//!         │      │         │      │      │       the program runs; its exit, its denials
//!         │      │         │      │      one Store's data: tables, grants, budgets
//!         │      │         │      linker: capabilities
//!         │      │         which import is met by what
//!         │      imports, exports, docs as plain data
//!         detect: wat | core module | component | precompiled; adapt a core module to a component
//! ```
//!
//! The modules below stand in that order, and each uses only those above it. [`runtime`] is the
//! door: `Runtime::new` → `load` → `link` → `run`. The library never prints, exits or reads the
//! environment; it returns values.
#![deny(missing_docs)]

mod excerpt;
pub mod hint;
pub mod error;
pub mod units;
pub mod nesting;
pub mod quote;
pub mod account;
pub mod event;
pub mod config;
pub mod names;
pub mod interfaces;
pub mod policy;
pub mod stream;
pub mod fs;
pub mod load;
pub mod inspect;
pub mod plan;
pub mod graph;
pub mod app;
pub mod engine;
pub mod compile;
pub mod cache;
pub mod typed;
pub mod wit;
mod canonical;
pub mod capability;
pub mod edge;
pub mod link;
pub mod state;
pub mod instance;
pub mod run;
pub mod runtime;
pub mod pipeline;
pub mod launch;
pub mod serve;
pub mod sandbox;
