//! Defines an import that an isolated guest meets: each of its functions goes to that guest's
//! store.

use tokio::task::JoinHandle;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Linker, LinkerInstance, Type, Val};
use wasmtime::{AsContextMut as _, StoreContextMut};

use super::{Caller, ErrorShape, Failed, Function, OpenCall, Transfer};

/// An import that leads into another store.
#[derive(Clone)]
pub struct CrossStoreImport {
    /// The import's name.
    pub import: String,
    /// The isolated guest that meets it, by its number.
    pub guest: usize,
    /// What that exports.
    pub export: String,
    /// The guest's component; `None` if it's a command, which exports nothing by that name.
    pub component: Option<Component>,
}

/// Defines those of `component`'s imports that are `imports`.
///
/// # Errors
/// When a guest doesn't export what is asked of it, which the plan has made sure of.
pub fn link<T: Caller>(
    linker: &mut Linker<T>,
    component: &Component,
    imports: &[CrossStoreImport],
) -> wasmtime::Result<()> {
    let (ty, engine) = (component.component_type(), component.engine());
    for import in imports {
        // wit-component and wac leave out imports that aren't used.
        let Some(item) = ty.get_import(engine, &import.import) else { continue };
        match item.ty {
            ComponentItem::ComponentFunc(ty) => {
                let function = named(&import.export, index(import, None, &import.export)?, &ty);
                define(&mut linker.root(), &import.import, import.guest, function, &ty)?;
            }
            ComponentItem::ComponentInstance(instance) => {
                let interface = index(import, None, &import.export)?;
                let mut defined = linker.instance(&import.import)?;
                for (name, item) in instance.exports(engine) {
                    let ComponentItem::ComponentFunc(ty) = item.ty else { continue };
                    let whole = format!("{}#{name}", import.export);
                    let function = named(&whole, index(import, interface.as_ref(), name)?, &ty);
                    define(&mut defined, name, import.guest, function, &ty)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn index(
    import: &CrossStoreImport,
    interface: Option<&ComponentExportIndex>,
    name: &str,
) -> wasmtime::Result<Option<ComponentExportIndex>> {
    let Some(component) = &import.component else { return Ok(None) };
    match component.get_export_index(interface, name) {
        Some(index) => Ok(Some(index)),
        None => Err(wasmtime::format_err!("`{name}` isn't exported for `{}`", import.import)),
    }
}

fn named(name: &str, index: Option<ComponentExportIndex>, ty: &ComponentFunc) -> Function {
    let mut passed = ty.params().map(|(_, ty)| ty).chain(ty.results());
    let concurrent = ty.async_() || passed.any(|ty| flows(&ty, &mut 0));
    Function { name: name.to_owned(), index, has_result: ty.results().len() > 0, concurrent }
}

/// The most types that are looked at for a function: a type can stand in others many times.
const LOOKED_AT: usize = 10_000;

/// Whether a value of that type can hold a stream or a future. What is too large to tell is treated
/// as if it could, which is right for all.
fn flows(ty: &Type, looked: &mut usize) -> bool {
    *looked += 1;
    if *looked > LOOKED_AT {
        return true;
    }
    match ty {
        Type::Stream(_) | Type::Future(_) => true,
        Type::List(list) => flows(&list.ty(), looked),
        Type::FixedLengthList(list) => flows(&list.ty(), looked),
        Type::Map(map) => flows(&map.key(), looked) || flows(&map.value(), looked),
        Type::Record(record) => record.fields().any(|field| flows(&field.ty, looked)),
        Type::Tuple(tuple) => tuple.types().any(|ty| flows(&ty, looked)),
        Type::Variant(variant) => {
            variant.cases().filter_map(|case| case.ty).any(|ty| flows(&ty, looked))
        }
        Type::Option(option) => flows(&option.ty(), looked),
        Type::Result(result) => {
            [result.ok(), result.err()].into_iter().flatten().any(|ty| flows(&ty, looked))
        }
        _ => false,
    }
}

fn error_shape(ty: &ComponentFunc) -> ErrorShape {
    match ty.results().next() {
        Some(Type::Result(result)) => match result.err() {
            None => ErrorShape::Bare,
            Some(Type::String) => ErrorShape::Text,
            Some(_) => ErrorShape::Trap,
        },
        _ => ErrorShape::Trap,
    }
}

fn define<T: Caller>(
    linker: &mut LinkerInstance<'_, T>,
    name: &str,
    guest: usize,
    function: Function,
    ty: &ComponentFunc,
) -> wasmtime::Result<()> {
    let error_shape = error_shape(ty);
    let function = std::sync::Arc::new(function);
    if ty.async_() {
        return linker.func_new_concurrent(name, move |store, _, arguments, results| {
            let function = function.clone();
            Box::pin(async move {
                let call = OpenCall::unnoted();
                let (callee, transfers) = store.with(|mut access| {
                    let transfers = take_arguments(access.as_context_mut(), arguments, &call)?;
                    wasmtime::error::Ok((access.data_mut().callee(guest), transfers))
                })?;
                // The engine forbids driving one store from within another's tasks.
                let mut calling =
                    Task(tokio::spawn(async move { callee.call(&function, transfers).await }));
                let answer = (&mut calling.0).await?;
                store.with(|mut access| {
                    write_result(access.as_context_mut(), answer, error_shape, results, &call)
                })
            })
        });
    }
    linker.func_new_async(name, move |mut store, _, arguments, results| {
        let function = function.clone();
        Box::new(async move {
            let call = OpenCall::unnoted();
            let transfers = take_arguments(store.as_context_mut(), arguments, &call)?;
            let callee = store.data_mut().callee(guest);
            let answer = callee.call(&function, transfers).await;
            write_result(store, answer, error_shape, results, &call)
        })
    })
}

/// A call in a task of its own. It's given up with its caller.
struct Task(JoinHandle<Result<Option<Transfer>, Failed>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn take_arguments<T: Caller>(
    mut store: StoreContextMut<'_, T>,
    arguments: &[Val],
    call: &OpenCall,
) -> wasmtime::Result<Vec<Transfer>> {
    arguments
        .iter()
        .map(|argument| Transfer::take(store.as_context_mut(), argument.clone(), call))
        .collect()
}

fn write_result<T: Caller>(
    store: StoreContextMut<'_, T>,
    answer: Result<Option<Transfer>, Failed>,
    error_shape: ErrorShape,
    results: &mut [Val],
    call: &OpenCall,
) -> wasmtime::Result<()> {
    let value = match answer {
        Ok(None) => return Ok(()),
        Ok(Some(transfers)) => transfers.give(store, call)?,
        Err(failed) => error_shape.value(failed)?,
    };
    if let [result] = results {
        *result = value;
    }
    Ok(())
}
