//! Meets a component's imports as the plan says, and finds where it starts. No guest code runs here.

use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

use crate::capability::{self, Guarded};
use crate::error::{Class, Error, Result};
use crate::plan::Plan;

/// A component whose imports are met, ready to be instantiated in any number of stores.
pub struct Wired<T: 'static> {
    /// What to instantiate.
    pub instance: InstancePre<T>,
    /// What is called to run it.
    pub entry: Entry,
}

/// How a program runs.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// Through the function `run` of `wasi:cli/run`.
    Run {
        /// The function.
        function: ComponentExportIndex,
        /// Whether it's the async function of WASI 0.3.
        concurrent: bool,
    },
    /// It exports nothing: instantiating it is all (a legacy reactor).
    Instantiate,
}

/// The names of a component's imports, in its own order.
pub fn imports(component: &Component) -> Vec<String> {
    component.component_type().imports(component.engine()).map(|(name, _)| name.to_owned()).collect()
}

/// Links the component `name` with the capabilities that `plan` lists.
///
/// # Errors
/// `Class::Import` when an import's functions have other types than the host's, `Class::NotFound` when there is nothing to
/// run.
pub fn wire<T: Guarded>(name: &str, component: &Component, plan: &Plan) -> Result<Wired<T>> {
    let fault =
        |error: wasmtime::Error| Error::new(Class::Host, "cannot set up the host's interfaces").chain(error.chain());
    let mut linker = Linker::new(component.engine());
    capability::link(&mut linker, plan).map_err(fault)?;
    let instance = linker.instantiate_pre(component).map_err(|error| {
        Error::new(Class::Import, format!("the imports of `{name}` don't fit what the host provides"))
            .chain(error.chain())
            .hint("build it again against WASI 0.2.12 or 0.3.0")
    })?;
    Ok(Wired { instance, entry: entry(name, component)? })
}

fn entry(name: &str, component: &Component) -> Result<Entry> {
    let engine = component.engine();
    let ty = component.component_type();
    let exports: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
    if exports.is_empty() {
        return Ok(Entry::Instantiate);
    }
    // Rust's `main` becomes a 0.2 export even where the program's own entry is the 0.3 one, so that comes first.
    let mut runs: Vec<&&str> = exports.iter().filter(|export| is_run(export)).collect();
    runs.sort_by_key(|export| !is_third(export));
    let run = runs.first().and_then(|export| {
        let interface = component.get_export_index(None, export)?;
        let function = component.get_export_index(Some(&interface), "run")?;
        Some(Entry::Run { function, concurrent: is_third(export) })
    });
    run.ok_or_else(|| nothing_to_run(name, &exports))
}

fn is_third(export: &str) -> bool {
    export.starts_with("wasi:cli/run@0.3.")
}

/// Whether an export is a version of `wasi:cli/run` that can be called.
fn is_run(export: &str) -> bool {
    let version = export.strip_prefix("wasi:cli/run@");
    version
        .is_some_and(|version| !version.contains('-') && (version.starts_with("0.2.") || version.starts_with("0.3.")))
}

fn nothing_to_run(name: &str, exports: &[&str]) -> Error {
    let shown: Vec<String> = exports.iter().take(8).map(|export| format!("`{export}`")).collect();
    let draft = exports.iter().any(|export| export.starts_with("wasi:cli/run@"));
    Error::new(Class::NotFound, format!("`{name}` has no `wasi:cli/run` that could be run"))
        .cause(format!("it exports {}", shown.join(", ")))
        .hint(if draft {
            "it was built for a release candidate of WASI; build it again for 0.2.x or 0.3.0"
        } else {
            "a program exports `wasi:cli/run@0.2.x` or `wasi:cli/run@0.3.0`; see `forebay inspect`"
        })
}
