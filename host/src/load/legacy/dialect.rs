//! Which function of the adapter meets each import: decided import by import, by name and core type.
//!
//! Programs mix dialects: one Rust crate imports the accept of WasmEdge's first version beside the receive of its second.

use std::collections::BTreeMap;

use wasmparser::{FuncType, ValType};

use super::error::Error;
use super::stub;
use super::survey::{Import, Survey};
use super::{Options, PREVIEW1};

/// Which socket functions, beyond the four of preview 1, a module speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sockets {
    /// Each import tells by its type.
    #[default]
    Auto,
    /// None: any such import is unknown.
    None,
}

/// What meets the imports.
pub struct Resolution {
    /// Module and name for each import, in their order.
    pub names: Vec<(String, String)>,
    /// Functions that nobody has, to be answered with `ENOSYS`.
    pub stubs: Vec<(String, FuncType)>,
}

/// Resolves every import of a module against what the adapter exports.
///
/// # Errors
/// When an import has no meaning in any dialect and isn't a socket function, or `strict_imports` is on.
pub fn resolve(
    survey: &Survey,
    adapter: &BTreeMap<String, FuncType>,
    options: &Options,
) -> Result<Resolution, Error> {
    let mut resolution = Resolution { names: Vec::new(), stubs: Vec::new() };
    let mut unknown = Vec::new();
    for import in &survey.imports {
        let known = (import.module == PREVIEW1).then(|| entry_points(import, options));
        let found = known.into_iter().flatten().find(|name| adapter.get(name) == Some(&import.ty));
        if let Some(name) = found {
            resolution.names.push((PREVIEW1.to_string(), name));
        } else if import.module == PREVIEW1 && import.name.starts_with("sock_") && !options.strict_imports && answers(&import.ty) {
            // The same name may be imported twice with two types.
            let name = match resolution.stubs.iter().any(|(name, _)| *name == import.name) {
                true => format!("{}:{}", import.name, resolution.stubs.len()),
                false => import.name.clone(),
            };
            resolution.names.push((stub::MODULE.to_string(), name.clone()));
            resolution.stubs.push((name, import.ty.clone()));
        } else if import.module == PREVIEW1 && adapter.contains_key(&import.name) {
            return Err(Error::Type { name: import.name.clone(), found: import.ty.to_string() });
        } else {
            unknown.push((import.module.clone(), import.name.clone()));
            resolution.names.push((import.module.clone(), import.name.clone()));
        }
    }
    match unknown.is_empty() {
        true => Ok(resolution),
        false => Err(Error::UnknownImports(unknown)),
    }
}

/// The adapter's exports that may be what an import means, the likeliest first.
fn entry_points(import: &Import, options: &Options) -> Vec<String> {
    let name = import.name.as_str();
    let without_code = options.wasi_patch < 12 && matches!(name, "proc_exit" | "proc_raise");
    vec![if without_code { format!("{name}:without-code") } else { name.to_string() }]
}

/// Whether a function's result is an errno, or nothing.
fn answers(ty: &FuncType) -> bool {
    matches!(ty.results(), [] | [ValType::I32])
}
