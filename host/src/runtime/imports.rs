//! By which of the host's interfaces a component's imports are met.

use wasmtime::component::Component;

use crate::edge::CrossStoreImport;
use crate::error::Result;
use crate::link;
use crate::plan::{Plan, plan};

/// The plan for what no isolated guest meets. A command that is alone and has no mounts has the
/// host's files only; others may be handed files of our own, by mounts of their guests or as
/// arguments.
///
/// # Errors
/// `Class::Import` when an import is met by nobody, listing every one.
pub(super) fn plan_of(
    name: &str,
    component: &Component,
    cross_store: &[CrossStoreImport],
    mounts: bool,
) -> Result<Plan> {
    let mut imports = link::imports(component);
    imports.retain(|import| !cross_store.iter().any(|met| met.import == *import));

    let own = link::own_imports(component);
    let alone = own.is_empty() && link::is_command(component);
    Ok(Plan { own, own_files: mounts || !alone, ..plan(name, &imports)? })
}
