//! Which function of the adapter meets each import: decided import by import, by name and core type.
//!
//! Programs mix dialects: one Rust crate imports the accept of WasmEdge's first version beside the receive of its second.

use std::collections::BTreeMap;
use std::str::FromStr;

use wasmparser::{FuncType, ValType};

use super::error::Error;
use super::stub;
use super::survey::{Import, Survey};
use super::{Options, PREVIEW1, UNSTABLE};

/// Which socket functions, beyond the four of preview 1, a module speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sockets {
    /// Each import tells by its type.
    #[default]
    Auto,
    /// None: any such import is unknown.
    None,
    /// WasmEdge's; its versions differ in their types, so each import tells its own.
    WasmEdge,
    /// Radu Matei's: `sock_connect` takes an address and makes a descriptor.
    Radu,
}

impl FromStr for Sockets {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "auto" => Ok(Sockets::Auto),
            "none" => Ok(Sockets::None),
            "wasmedge" | "wasmedge-v1" | "wasmedge-v2" => Ok(Sockets::WasmEdge),
            "radu" => Ok(Sockets::Radu),
            _ => Err(format!("no such dialect of sockets: `{name}`; there are auto, none, wasmedge and radu")),
        }
    }
}

/// The socket functions of preview 1 itself.
const STANDARD: [&str; 4] = ["sock_accept", "sock_recv", "sock_send", "sock_shutdown"];

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
pub fn resolve(survey: &Survey, adapter: &BTreeMap<String, FuncType>, options: &Options) -> Result<Resolution, Error> {
    let mut resolution = Resolution { names: Vec::new(), stubs: Vec::new() };
    let mut unknown = Vec::new();
    let module = Module::of(survey, options);
    for import in &survey.imports {
        let wasi = import.module == PREVIEW1 || import.module == UNSTABLE;
        let known = wasi.then(|| module.entry_points(import, options));
        let found = known.into_iter().flatten().find(|name| adapter.get(name) == Some(&import.ty));
        if let Some(name) = found {
            resolution.names.push((PREVIEW1.to_string(), name));
        } else if wasi && import.name.starts_with("sock_") && !options.strict_imports && answers(&import.ty) {
            // The same name may be imported twice with two types.
            let name = match resolution.stubs.iter().any(|(name, _)| *name == import.name) {
                true => format!("{}:{}", import.name, resolution.stubs.len()),
                false => import.name.clone(),
            };
            resolution.names.push((stub::MODULE.to_string(), name.clone()));
            resolution.stubs.push((name, import.ty.clone()));
        } else if wasi && adapter.contains_key(&import.name) {
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

/// What the other imports of a module say about one of them.
struct Module {
    /// It can open sockets, so the functions that may meet one must know them.
    networked: bool,
    /// Its `sock_connect` makes the descriptor.
    radu: bool,
    /// It is as old as WasmEdge 0.8, whose accept took a port.
    oldest: bool,
}

impl Module {
    fn of(survey: &Survey, options: &Options) -> Module {
        let has = |name: &str| survey.imports.iter().any(|import| import.module == PREVIEW1 && import.name == name);
        let opens = has("sock_open") || has("sock_open_v2");
        let radu = has("sock_connect")
            && match options.sockets {
                Sockets::Auto => !opens,
                Sockets::Radu => true,
                Sockets::None | Sockets::WasmEdge => false,
            };
        Module {
            networked: options.sockets != Sockets::None && (opens || radu),
            radu,
            oldest: opens && has("sock_close"),
        }
    }

    /// The adapter's exports that may be what an import means, the likeliest first.
    fn entry_points(&self, import: &Import, options: &Options) -> Vec<String> {
        let name = import.name.strip_suffix("_v2").unwrap_or(&import.name);
        if options.wasi_patch < 12 && matches!(name, "proc_exit" | "proc_raise") {
            return vec![format!("{name}:without-code")];
        }
        if import.module == UNSTABLE {
            return vec![format!("{name}:unstable"), name.to_string()];
        }
        if !self.networked {
            let extension = name.starts_with("sock_") && !STANDARD.contains(&name);
            return if extension { Vec::new() } else { vec![import.name.clone()] };
        }
        match name {
            "sock_connect" if self.radu => vec!["sock_connect:radu".to_string()],
            "sock_accept" if self.oldest => vec!["sock_accept:v0".to_string(), "sock_accept:v1".to_string()],
            _ => ["sockets", "v1", "wamr"]
                .iter()
                .map(|form| format!("{name}:{form}"))
                .chain([name.to_string()])
                .collect(),
        }
    }
}

/// Whether a function's result is an errno, or nothing.
fn answers(ty: &FuncType) -> bool {
    matches!(ty.results(), [] | [ValType::I32])
}
