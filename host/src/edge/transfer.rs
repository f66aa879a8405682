//! A value between two stores: as it is, with the host's resources, streams and futures taken out of
//! the one store and put into the other.

use wasmtime::component::{Resource, ResourceAny, ResourceType, Val};
use wasmtime::{AsContextMut as _, StoreContextMut};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::OpenCall;
use super::flow::{self, MovedFuture, MovedStream};
use crate::capability::{Guarded, Origin};
use crate::fs::Open;
use crate::stream::Connection;

/// A value in no store.
#[derive(Debug)]
pub struct Transfer {
    /// The value; its resources are those of the store that it left.
    value: Val,
    /// What the resources were, in the order in which they stand in the value.
    handles: Vec<HostHandle>,
}

/// A resource of the host's in no store.
pub enum HostHandle {
    /// `input-stream` of WASI 0.2.
    Input(DynInputStream),
    /// `output-stream` of WASI 0.2.
    Output(DynOutputStream),
    /// `descriptor` of a file or directory.
    Descriptor(Descriptor),
    /// `descriptor` of one of our own file systems.
    Own(Open),
    /// `connection` of `forebay:stream`.
    Connection(Connection),
    /// `stream` of WASI 0.3.
    Stream(MovedStream),
    /// `future` of WASI 0.3.
    Future(MovedFuture),
}

impl std::fmt::Debug for HostHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            HostHandle::Input(_) => "input-stream",
            HostHandle::Output(_) => "output-stream",
            HostHandle::Descriptor(_) | HostHandle::Own(_) => "descriptor",
            HostHandle::Connection(_) => "connection",
            HostHandle::Stream(_) => "stream",
            HostHandle::Future(_) => "future",
        })
    }
}

impl Transfer {
    /// A value without resources.
    pub fn plain(value: Val) -> Transfer {
        Transfer { value, handles: Vec::new() }
    }

    /// The value's resources, if that is all that is wanted of it.
    pub fn into_handles(self) -> Vec<HostHandle> {
        self.handles
    }

    /// Takes a value out of a store, for `call`, which is noted as open there.
    ///
    /// # Errors
    /// When a resource in it is in use, as a stream is that something waits for; then the caller
    /// traps.
    pub fn take<T: Guarded>(
        mut store: StoreContextMut<'_, T>,
        mut value: Val,
        call: &OpenCall,
    ) -> wasmtime::Result<Transfer> {
        let mut handles = Vec::new();
        each(&mut value, &mut |handle| {
            let store = store.as_context_mut();
            handles.push(match handle {
                Val::Resource(resource) => take(store, *resource)?,
                Val::Stream(stream) => HostHandle::Stream(flow::take_stream(store, stream, call)?),
                Val::Future(future) => HostHandle::Future(flow::take_future(store, future, call)?),
                _ => unreachable!("`each` visits no others"),
            });
            Ok(())
        })?;
        Ok(Transfer { value, handles })
    }

    /// Puts the value into a store, for `call`, which is noted as open there.
    ///
    /// # Errors
    /// When the store has no room for a resource.
    pub fn give<T: Guarded>(
        self,
        mut store: StoreContextMut<'_, T>,
        call: &OpenCall,
    ) -> wasmtime::Result<Val> {
        let Transfer { mut value, handles } = self;
        let mut handles = handles.into_iter();
        each(&mut value, &mut |place| {
            let next = handles.next().expect("there is one for each in the value");
            let store = store.as_context_mut();
            *place = match next {
                HostHandle::Stream(stream) => Val::Stream(flow::give_stream(store, stream, call)?),
                HostHandle::Future(future) => Val::Future(flow::give_future(store, future, call)?),
                resource => Val::Resource(give(store, resource)?),
            };
            Ok(())
        })?;
        Ok(value)
    }
}

fn take<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    any: ResourceAny,
) -> wasmtime::Result<HostHandle> {
    let is = |ty: ResourceType| any.ty() == ty;
    Ok(if is(ResourceType::host::<DynInputStream>()) {
        HostHandle::Input(out(&mut store, any)?)
    } else if is(ResourceType::host::<DynOutputStream>()) {
        HostHandle::Output(out(&mut store, any)?)
    } else if is(ResourceType::host::<Descriptor>()) {
        descriptor(&mut store, any)?
    } else if is(ResourceType::host::<Connection>()) {
        HostHandle::Connection(out(&mut store, any)?)
    } else {
        wasmtime::bail!("a resource was passed that can't leave its store")
    })
}

/// A descriptor, with the node that it may stand for.
fn descriptor<T: Guarded>(
    store: &mut StoreContextMut<'_, T>,
    any: ResourceAny,
) -> wasmtime::Result<HostHandle> {
    let resource: Resource<Descriptor> = any.try_into_resource(store.as_context_mut())?;
    let rep = resource.rep();
    let own = store.data_mut().nodes().get(rep).cloned();
    if own.as_ref().is_some_and(|open| open.stream().is_some()) {
        wasmtime::bail!("a mounted file can't be passed to an isolated guest");
    }
    let stands_for = resource.try_into_resource_any(store.as_context_mut())?;
    let descriptor = out(store, stands_for)?;
    store.data_mut().set_origin(rep, Origin::default());
    store.data_mut().nodes().set(rep, None);
    Ok(own.map_or(HostHandle::Descriptor(descriptor), HostHandle::Own))
}

fn out<T: Guarded, R: Send + 'static>(
    store: &mut StoreContextMut<'_, T>,
    any: ResourceAny,
) -> wasmtime::Result<R> {
    let resource: Resource<R> = any.try_into_resource(store.as_context_mut())?;
    store.data_mut().ctx().table.delete(resource).map_err(|error| {
        wasmtime::Error::from(error)
            .context("a resource that is passed to an isolated guest is in use")
    })
}

fn give<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    handles: HostHandle,
) -> wasmtime::Result<ResourceAny> {
    match handles {
        HostHandle::Input(stream) => into(&mut store, stream),
        HostHandle::Output(stream) => into(&mut store, stream),
        HostHandle::Descriptor(descriptor) => into(&mut store, descriptor),
        HostHandle::Own(open) => {
            let stand_in = store.data_mut().stand_in();
            let resource = store.data_mut().ctx().table.push(stand_in)?;
            store.data_mut().nodes().set(resource.rep(), Some(open));
            store.data_mut().set_origin(resource.rep(), Origin::default());
            resource.try_into_resource_any(store.as_context_mut())
        }
        HostHandle::Connection(connection) => into(&mut store, connection),
        HostHandle::Stream(_) | HostHandle::Future(_) => unreachable!("they are no resources"),
    }
}

fn into<T: Guarded, R: Send + 'static>(
    store: &mut StoreContextMut<'_, T>,
    entry: R,
) -> wasmtime::Result<ResourceAny> {
    let resource = store.data_mut().ctx().table.push(entry)?;
    // What had this number before may have come by another guest.
    store.data_mut().set_origin(resource.rep(), Origin::default());
    resource.try_into_resource_any(store.as_context_mut())
}

/// Visits every resource, stream and future in a value, in an order that is the same each time.
fn each(
    value: &mut Val,
    visit: &mut dyn FnMut(&mut Val) -> wasmtime::Result<()>,
) -> wasmtime::Result<()> {
    match value {
        Val::Resource(_) | Val::Stream(_) | Val::Future(_) => visit(value),
        // Bytes and other numbers hold nothing; lists of them are long.
        Val::List(items) if items.first().is_some_and(is_number) => Ok(()),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => {
            items.iter_mut().try_for_each(|item| each(item, visit))
        }
        Val::Record(fields) => fields.iter_mut().try_for_each(|(_, field)| each(field, visit)),
        Val::Map(entries) => entries.iter_mut().try_for_each(|(key, value)| {
            each(key, visit)?;
            each(value, visit)
        }),
        Val::Variant(_, Some(payload))
        | Val::Option(Some(payload))
        | Val::Result(Ok(Some(payload)) | Err(Some(payload))) => each(payload, visit),
        _ => Ok(()),
    }
}

fn is_number(value: &Val) -> bool {
    matches!(value, Val::U8(_) | Val::S8(_) | Val::U16(_) | Val::S16(_) | Val::U32(_) | Val::S32(_))
}
