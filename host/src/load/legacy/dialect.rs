//! Which function of the adapter meets each import: decided import by import, by name and core
//! type.
//!
//! Programs mix dialects: one Rust crate imports the accept of WasmEdge's first version beside the
//! receive of its second.

use wasmparser::{FuncType, ValType};

use super::error::Error;
use super::resource;
use super::stub;
use super::survey::{Exports, Import, Survey};
use super::{Options, PREVIEW1, Sockets, UNSTABLE};

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
/// When an import has no meaning in any dialect and isn't a socket function, or `strict_imports` is
/// on.
pub fn resolve(survey: &Survey, adapter: &Exports, options: &Options) -> Result<Resolution, Error> {
    let mut resolution = Resolution { names: Vec::new(), stubs: Vec::new() };
    let mut unknown = Vec::new();
    let module = Module::of(survey, options);
    for import in &survey.imports {
        let wasi = import.module == PREVIEW1 || import.module == UNSTABLE;
        let known = match wasi {
            true => module.entry_points(import, options, adapter),
            false => resource::entry_point(survey, import, options).into_iter().collect(),
        };
        let found = known.into_iter().find(|name| adapter.get(name) == Some(&import.ty));
        if let Some(name) = found {
            resolution.names.push((PREVIEW1.to_string(), name));
        } else if wasi
            && import.name.starts_with("sock_")
            && !options.strict_imports
            && answers(&import.ty)
        {
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
            // What a world imports is met by whoever the component is linked to.
            if wasi || !survey.typed {
                unknown.push((import.module.clone(), import.name.clone()));
            }
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
        let has = |name: &str| {
            survey.imports.iter().any(|import| import.module == PREVIEW1 && import.name == name)
        };
        let opens = has("sock_open") || has("sock_open_v2");
        let radu = has("sock_connect")
            && match options.sockets {
                Sockets::Auto => !opens,
                Sockets::Radu => true,
                Sockets::None | Sockets::WasmEdgeV1 | Sockets::WasmEdgeV2 | Sockets::Wamr => false,
            };
        Module {
            networked: options.preopened_sockets
                || options.sockets != Sockets::None && (opens || radu),
            radu,
            oldest: opens && has("sock_close"),
        }
    }

    /// The adapter's exports that may be what an import means, the likeliest first.
    fn entry_points(&self, import: &Import, options: &Options, adapter: &Exports) -> Vec<String> {
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
            "sock_accept" if self.oldest => {
                vec!["sock_accept:v0".to_string(), "sock_accept:v1".to_string()]
            }
            _ => {
                // A plain export is the second version's where another dialect has its own form.
                let forms = match options.sockets {
                    Sockets::WasmEdgeV1 => ["v1", "sockets", ""].as_slice(),
                    Sockets::WasmEdgeV2 => &["sockets", ""],
                    Sockets::Wamr => &["wamr", "sockets", ""],
                    Sockets::Auto | Sockets::None | Sockets::Radu => &["sockets", "v1", "wamr", ""],
                };
                let own = forms.first().filter(|form| matches!(**form, "v1" | "wamr"));
                let has_own =
                    own.is_some_and(|form| adapter.contains_key(&format!("{name}:{form}")));
                let plain = |form: &&&str| !(form.is_empty() && has_own);
                let export = |form: &&str| {
                    if form.is_empty() { name.to_string() } else { format!("{name}:{form}") }
                };
                forms.iter().filter(plain).map(export).collect()
            }
        }
    }
}

/// Whether a function's result is an errno, or nothing, and its parameters are numbers: an adapter
/// can have no others.
fn answers(ty: &FuncType) -> bool {
    let number =
        |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64);
    matches!(ty.results(), [] | [ValType::I32]) && ty.params().iter().all(number)
}
