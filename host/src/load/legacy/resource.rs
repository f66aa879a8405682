//! Dagger and CommonWA, whose programs open resources by URL: which imports of a module are theirs.
//!
//! Old compilers put both into the import module `env`, where any module may have functions of any
//! kind. So an import counts only if its type is theirs too, and Dagger's, whose names are
//! everybody's, only beside its `open`.

use std::collections::BTreeSet;

use wasmparser::FuncType;

use super::entry;
use super::survey::{self, Exports, Import, Survey};
use super::{Options, REACTOR_ADAPTER};
use crate::load::module::Dialect;

/// The import modules that may be theirs.
const MODULES: [&str; 3] = ["dagger", "cwa", "env"];

const DAGGER: [&str; 6] = ["open", "close", "read", "write", "flush", "sync"];
const NAMESPACES: [&str; 8] =
    ["log_", "env_", "runtime_", "startup_", "resource_", "time_", "random_", "io_"];

/// The adapter's export that an import means, by its name; its type must agree too.
pub fn entry_point(survey: &Survey, import: &Import, options: &Options) -> Option<String> {
    let name = import.name.as_str();
    let shared = import.module == "env";
    if survey.typed {
        // Whatever it imports, its world says what that is.
        return None;
    }
    if (shared || import.module == "dagger") && DAGGER.contains(&name) {
        let opens = |other: &Import| {
            other.module == import.module && other.name == "open" && is_open(&other.ty)
        };
        return (!shared || survey.imports.iter().any(opens)).then(|| match name {
            "open" if first_version(survey) => "open:dagger1".to_owned(),
            "sync" => "flush:dagger".to_owned(),
            _ => format!("{name}:dagger"),
        });
    }
    let own = (shared || import.module == "cwa")
        && NAMESPACES.iter().any(|namespace| name.starts_with(namespace));
    own.then(|| match name {
        "runtime_exit" if options.wasi_patch < Options::NEWEST => {
            "proc_exit:without-code".to_owned()
        }
        "runtime_exit" => "proc_exit".to_owned(),
        _ => format!("{name}:cwa"),
    })
}

fn is_open(ty: &FuncType) -> bool {
    use wasmparser::ValType::I32;
    ty.params() == [I32, I32] && ty.results() == [I32]
}

/// Only the first version of Dagger has a `sync`; the second one calls it `flush`.
fn first_version(survey: &Survey) -> bool {
    survey
        .imports
        .iter()
        .any(|import| matches!(import.module.as_str(), "dagger" | "env") && import.name == "sync")
}

/// Whether a module imports anything of these systems.
pub fn is_spoken(survey: &Survey) -> bool {
    survey.imports.iter().any(|import| entry_point(survey, import, &Options::default()).is_some())
}

/// What of a module is of these systems.
#[derive(Default)]
pub struct Spoken {
    /// Its imports, by module and name.
    pub imports: BTreeSet<(String, String)>,
    /// The systems.
    pub dialects: BTreeSet<Dialect>,
    /// Whether it has a function of a name with which programs of theirs begin.
    pub is_program: bool,
}

impl Spoken {
    /// Nothing, if the module can't be wrapped at all.
    pub fn of(core: &[u8], imports: &[(String, String)]) -> Spoken {
        if !imports.iter().any(|(module, _)| MODULES.contains(&module.as_str())) {
            return Spoken::default();
        }
        match (Survey::of(core), survey::functions(REACTOR_ADAPTER)) {
            (Ok(survey), Ok(adapter)) => Spoken::by(core, &survey, &adapter),
            _ => Spoken::default(),
        }
    }

    fn by(core: &[u8], survey: &Survey, adapter: &Exports) -> Spoken {
        let mut spoken = Spoken::default();
        for import in &survey.imports {
            let Some(export) = entry_point(survey, import, &Options::default()) else { continue };
            if adapter.get(&export) == Some(&import.ty) {
                spoken.imports.insert((import.module.clone(), import.name.clone()));
                spoken.dialects.insert(
                    match export.ends_with(":dagger") || export.ends_with(":dagger1") {
                        false => Dialect::CommonWa,
                        true if first_version(survey) => Dialect::Dagger1,
                        true if survey.imports.iter().any(|import| import.name == "flush") => {
                            Dialect::Dagger2
                        }
                        true => Dialect::Dagger,
                    },
                );
            }
        }
        spoken.is_program = !spoken.imports.is_empty() && entry::main(core).is_some();
        spoken
    }
}
