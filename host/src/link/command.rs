//! What makes a component a command: an export of `wasi:cli/run` at a version that can be called,
//! with a function `run` of the type that it has there.

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Type};

use crate::error::{Class, Error, Result};

/// The function that runs a command, and whether it's the async one of WASI 0.3. `None` if the
/// component is no command.
///
/// # Errors
/// `Class::Program` when it exports something else by that name.
pub(super) fn function(
    name: &str,
    component: &Component,
) -> Result<Option<(ComponentExportIndex, bool)>> {
    // Rust's `main` becomes a 0.2 export even where the program's own entry is the 0.3 one, so that
    // comes first.
    let ty = component.component_type();
    let mut runs: Vec<_> =
        ty.exports(component.engine()).filter(|(export, _)| is_run(export)).collect();
    runs.sort_by_key(|(export, _)| !export.starts_with("wasi:cli/run@0.3."));
    let Some((export, item)) = runs.first() else { return Ok(None) };

    let wrong = |why: String| {
        Error::new(
            Class::Program,
            format!("`{name}` exports `{export}`, but not as WASI defines it"),
        )
        .cause(why)
        .hint("build it again against WASI's own WIT: `export wasi:cli/run@0.2.12;`")
    };
    let ComponentItem::ComponentInstance(interface) = &item.ty else {
        return Err(wrong("it isn't an interface".to_owned()));
    };
    let function = interface.exports(component.engine()).find(|(function, _)| *function == "run");
    let Some((_, ComponentItem::ComponentFunc(ty))) = function.map(|(name, item)| (name, item.ty))
    else {
        return Err(wrong("it has no function `run`".to_owned()));
    };
    if let Some(why) = other_shape(&ty) {
        return Err(wrong(why));
    }

    let index = component.get_export_index(None, export);
    let run = index.and_then(|index| component.get_export_index(Some(&index), "run"));
    Ok(run.map(|run| (run, ty.async_())))
}

/// Whether an export is a version of `wasi:cli/run` that can be called.
fn is_run(export: &str) -> bool {
    let version = export.strip_prefix("wasi:cli/run@");
    version.is_some_and(|version| {
        !version.contains('-') && (version.starts_with("0.2.") || version.starts_with("0.3."))
    })
}

/// How a function differs from `run: func() -> result`, if it does.
fn other_shape(ty: &ComponentFunc) -> Option<String> {
    if let Some((parameter, _)) = ty.params().next() {
        return Some(format!(
            "its `run` has a parameter `{parameter}`, and `func() -> result` has none"
        ));
    }
    match ty.results().collect::<Vec<_>>().as_slice() {
        [Type::Result(result)] if result.ok().is_none() && result.err().is_none() => None,
        [] => Some("its `run` returns nothing, and `func() -> result` returns a `result`".into()),
        _ => Some("its `run` doesn't return a plain `result`, as `func() -> result` does".into()),
    }
}
