//! What a compiling process is asked, and what it answers.

use serde::{Deserialize, Serialize};

use crate::engine::Settings;
use crate::error::Result;

/// What a child is asked: a line of JSON, after which the component's bytes follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) settings: Settings,
    /// Who asks; without it there is nobody to compile for.
    pub(super) parent: i32,
    /// Bytes of memory.
    pub(super) memory: u64,
    /// Seconds of all processors together.
    pub(super) seconds: u64,
}

/// What a child answers with code, in one byte before it.
pub(super) const CODE: u8 = b'+';
/// What it answers where the program is at fault; the reasons follow as JSON.
pub(super) const REFUSED: u8 = b'-';

/// Compiles in this process: code, or what is wrong with the component.
pub(super) fn here(settings: Settings, component: &[u8]) -> Result<Result<Vec<u8>, Vec<String>>> {
    let engine = settings.engine()?;
    let reasons = |error: wasmtime::Error| error.chain().map(ToString::to_string).collect();
    Ok(engine.precompile_component(component).map_err(reasons))
}
