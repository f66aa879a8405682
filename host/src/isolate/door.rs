//! Defines an import that an isolated guest meets: each of its functions goes to that guest's
//! store.

use tokio::task::JoinHandle;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Linker, LinkerInstance, Type, Val};
use wasmtime::{AsContextMut as _, StoreContextMut};

use super::{Caller, Failed, Function, Passed, Telling};

/// An import that leads into another store.
#[derive(Clone)]
pub struct Door {
    /// The import's name.
    pub import: String,
    /// The isolated guest that meets it, by its number.
    pub guest: usize,
    /// What that exports.
    pub export: String,
    /// The guest's component; `None` if it's a command, which exports nothing by that name.
    pub component: Option<Component>,
}

/// Defines the imports of `component` that are `doors`.
///
/// # Errors
/// When a guest doesn't export what is asked of it, which the plan has made sure of.
pub fn link<T: Caller>(
    linker: &mut Linker<T>,
    component: &Component,
    doors: &[Door],
) -> wasmtime::Result<()> {
    let ty = component.component_type();
    for door in doors {
        // wit-component and wac leave out imports that aren't used.
        let Some(import) = ty.get_import(component.engine(), &door.import) else { continue };
        match import.ty {
            ComponentItem::ComponentFunc(ty) => {
                let index = index(door, None, &door.export)?;
                define(
                    &mut linker.root(),
                    &door.import,
                    door,
                    named(&door.export, index, &ty),
                    &ty,
                )?;
            }
            ComponentItem::ComponentInstance(instance) => {
                let interface = index(door, None, &door.export)?;
                let mut defined = linker.instance(&door.import)?;
                for (name, item) in instance.exports(component.engine()) {
                    let ComponentItem::ComponentFunc(ty) = item.ty else { continue };
                    let index = index(door, interface.as_ref(), name)?;
                    let whole = format!("{}#{name}", door.export);
                    define(&mut defined, name, door, named(&whole, index, &ty), &ty)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn index(
    door: &Door,
    interface: Option<&ComponentExportIndex>,
    name: &str,
) -> wasmtime::Result<Option<ComponentExportIndex>> {
    let Some(component) = &door.component else { return Ok(None) };
    match component.get_export_index(interface, name) {
        Some(index) => Ok(Some(index)),
        None => Err(wasmtime::format_err!("`{name}` isn't exported for `{}`", door.import)),
    }
}

fn named(name: &str, index: Option<ComponentExportIndex>, ty: &ComponentFunc) -> Function {
    Function { name: name.to_owned(), index, has_result: ty.results().len() > 0 }
}

fn telling(ty: &ComponentFunc) -> Telling {
    match ty.results().next() {
        Some(Type::Result(result)) => match result.err() {
            None => Telling::Bare,
            Some(Type::String) => Telling::Text,
            Some(_) => Telling::Trap,
        },
        _ => Telling::Trap,
    }
}

fn define<T: Caller>(
    linker: &mut LinkerInstance<'_, T>,
    name: &str,
    door: &Door,
    function: Function,
    ty: &ComponentFunc,
) -> wasmtime::Result<()> {
    let (guest, telling) = (door.guest, telling(ty));
    let function = std::sync::Arc::new(function);
    if ty.async_() {
        return linker.func_new_concurrent(name, move |store, _, arguments, results| {
            let function = function.clone();
            Box::pin(async move {
                let (callee, passed) = store.with(|mut access| {
                    let passed = take_all(access.as_context_mut(), arguments)?;
                    wasmtime::error::Ok((access.data_mut().isolated(guest), passed))
                })?;
                // The engine forbids driving one store from within another's tasks.
                let mut calling =
                    Task(tokio::spawn(async move { callee.call(&function, passed).await }));
                let answer = (&mut calling.0).await?;
                store.with(|mut access| settle(access.as_context_mut(), answer, telling, results))
            })
        });
    }
    linker.func_new_async(name, move |mut store, _, arguments, results| {
        let function = function.clone();
        Box::new(async move {
            let passed = take_all(store.as_context_mut(), arguments)?;
            let callee = store.data_mut().isolated(guest);
            let answer = callee.call(&function, passed).await;
            settle(store, answer, telling, results)
        })
    })
}

/// A call in a task of its own. It's given up with its caller.
struct Task(JoinHandle<Result<Option<Passed>, Failed>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn take_all<T: Caller>(
    mut store: StoreContextMut<'_, T>,
    arguments: &[Val],
) -> wasmtime::Result<Vec<Passed>> {
    arguments
        .iter()
        .map(|argument| Passed::take(store.as_context_mut(), argument.clone()))
        .collect()
}

fn settle<T: Caller>(
    store: StoreContextMut<'_, T>,
    answer: Result<Option<Passed>, Failed>,
    telling: Telling,
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let value = match answer {
        Ok(None) => return Ok(()),
        Ok(Some(passed)) => passed.give(store)?,
        Err(failed) => telling.tell(failed)?,
    };
    if let [result] = results {
        *result = value;
    }
    Ok(())
}
