//! What makes a component answer HTTP requests: an export of `wasi:http` at a version that can be
//! called, with a function `handle`.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex};

use crate::error::{Class, Error, Result};
use crate::interfaces::{WASI_02, WASI_03};

/// The interfaces, the newer one first: a program that exports both was built for it.
const INTERFACES: [(&str, &str); 2] =
    [("wasi:http/handler", "0.3."), ("wasi:http/incoming-handler", "0.2.")];

/// The function that answers a request, and whether it's the async one of WASI 0.3; `None` if the component exports none.
///
/// # Errors
/// `Class::Program` when it exports something else by that name, or for a draft of WASI only.
pub(super) fn function(
    name: &str,
    component: &Component,
) -> Result<Option<(ComponentExportIndex, bool)>> {
    let ty = component.component_type();
    let exports = || ty.exports(component.engine());
    let met = INTERFACES.iter().find_map(|(interface, line)| {
        let of_line = |export: &str| {
            let (own, version) = export.split_once('@').unwrap_or((export, ""));
            own == *interface && version.starts_with(line) && !version.contains('-')
        };
        exports().find(|(export, _)| of_line(export))
    });
    let wrong = |export: &str, why: &str| {
        Error::new(Class::Program, format!("`{name}` exports `{export}`, which can't be called"))
            .cause(why)
            .hint(format!("build it again against WASI {WASI_02} or {WASI_03}"))
    };
    let Some((export, item)) = met else {
        let draft = exports().find(|(export, _)| is_handler(export));
        return match draft {
            Some((export, _)) => Err(wrong(export, "this version of it is no release of WASI")),
            None => Ok(None),
        };
    };

    let ComponentItem::ComponentInstance(instance) = &item.ty else {
        return Err(wrong(export, "it isn't an interface"));
    };
    let function = instance.exports(component.engine()).find(|(name, _)| *name == "handle");
    let Some((_, ComponentItem::ComponentFunc(ty))) = function.map(|(name, item)| (name, item.ty))
    else {
        return Err(wrong(export, "it has no function `handle`"));
    };
    let interface = component.get_export_index(None, export);
    let index = interface.and_then(|index| component.get_export_index(Some(&index), "handle"));
    Ok(index.map(|function| (function, ty.async_())))
}

/// Whether an export is one by which programs answer HTTP requests, at whatever version.
pub(super) fn is_handler(export: &str) -> bool {
    let interface = export.split('@').next().unwrap_or_default();
    INTERFACES.iter().any(|(own, _)| *own == interface)
}
