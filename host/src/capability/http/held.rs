//! What the host holds of HTTP for the guests of a store (fields, requests, what waits in bodies),
//! charged before it's held.
//!
//! Fields move into requests, requests into connections, and fields of answers come from peers. So
//! what is added and dropped is counted only roughly, and what is there is weighed now and then:
//! when much was added, and when there seems to be no room.

use std::any::Any;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi_http::p2::bindings::http::types as types02;
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::{
    HostIncomingResponse, HostOutgoingRequest, HostOutgoingResponse,
};
use wasmtime_wasi_http::p3::bindings::http::types as types03;
use wasmtime_wasi_http::{FieldMap, p3};

use crate::capability::Guarded;

/// The most that is written to a body in one call, in bytes.
pub(super) const CHUNK: usize = 64 << 10;
/// What may wait in a body until it's sent.
const BODY: usize = 2 * CHUNK;
/// What a list of fields takes without one, a request or a response without its fields, and a field
/// beside its name and its value.
const FIELDS: usize = 256;
const REQUEST: usize = 512;
const FIELD: usize = 128;

/// Charges for what is about to be held.
///
/// # Errors
/// When that is more than there may be.
pub(super) fn admit<T: Guarded>(data: &mut T, more: usize) -> wasmtime::Result<()> {
    if data.held().is_doubtful(more) {
        let there = weigh(data);
        data.held().set(there)?;
    }

    Ok(data.held().add(more)?)
}

/// What is held now, in bytes.
fn weigh<T: Guarded>(data: &mut T) -> usize {
    let mut paths = std::mem::take(data.relative_paths());
    let table = data.ctx().table;
    paths.retain(|request, _| table.get(&Resource::<p3::Request>::new_borrow(*request)).is_ok());
    let there = table.iter_mut().map(|entry| weight(entry)).sum::<usize>();
    let there = there + paths.values().map(String::len).sum::<usize>();
    *data.relative_paths() = paths;

    there
}

fn weight(entry: &mut (dyn Any + Send)) -> usize {
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    if let Some(map) = entry.downcast_ref::<FieldMap>() {
        return size(map);
    }
    if let Some(request) = entry.downcast_ref::<HostOutgoingRequest>() {
        let texts = length(&request.authority) + length(&request.path_with_query);
        let body = if request.body.is_some() { BODY } else { 0 };
        return REQUEST + size(&request.headers) + texts + named(&request.method) + body;
    }
    if let Some(response) = entry.downcast_ref::<HostIncomingResponse>() {
        return REQUEST + size(&response.headers);
    }
    if let Some(response) = entry.downcast_ref::<HostOutgoingResponse>() {
        return REQUEST + size(&response.headers);
    }
    if entry.is::<HostOutgoingBody>() {
        return BODY;
    }
    if let Some(request) = entry.downcast_ref::<p3::Request>() {
        let path = request.path_with_query.as_ref().map_or(0, |path| path.as_str().len());
        let authority = request.authority.as_ref().map_or(0, |authority| authority.as_str().len());
        let method = request.method.as_str().len();
        return REQUEST + size(&request.headers) + path + authority + method;
    }
    if let Some(response) = entry.downcast_ref::<p3::Response>() {
        return REQUEST + size(&response.headers);
    }
    0
}

/// How much a list of fields takes.
pub(super) fn size(map: &http::HeaderMap) -> usize {
    let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        FIELD + name.as_str().len() + value.len()
    };
    FIELDS + map.iter().map(field).sum::<usize>()
}

fn named(method: &types02::Method) -> usize {
    if let types02::Method::Other(name) = method { name.len() } else { 0 }
}

/// Defines again, for `wasi:http/types` of one version, what makes fields larger.
macro_rules! fields {
    ($define:ident, $types:ident) => {
        pub(super) fn $define<T: Guarded>(
            linker: &mut Linker<T>,
            name: &str,
        ) -> wasmtime::Result<()> {
            use $types::HostFields;

            let mut interface = linker.instance(name)?;
            interface.resource(
                "fields",
                ResourceType::host::<FieldMap>(),
                |mut store: StoreContextMut<'_, T>, number| {
                    let fields = Resource::<FieldMap>::new_own(number);
                    let size = size(store.data_mut().ctx().table.get(&fields)?);
                    store.data_mut().held().give_back(size);
                    HostFields::drop(&mut store.data_mut().http(), fields)
                },
            )?;
            interface.func_wrap(
                "[constructor]fields",
                |mut store: StoreContextMut<'_, T>, (): ()| {
                    admit(store.data_mut(), FIELDS)?;
                    Ok((HostFields::new(&mut store.data_mut().http())?,))
                },
            )?;
            interface.func_wrap(
                "[static]fields.from-list",
                |mut store: StoreContextMut<'_, T>, (entries,): (Vec<(String, Vec<u8>)>,)| {
                    let field =
                        |(name, value): &(String, Vec<u8>)| FIELD + name.len() + value.len();
                    admit(store.data_mut(), FIELDS + entries.iter().map(field).sum::<usize>())?;
                    match HostFields::from_list(&mut store.data_mut().http(), entries) {
                        Ok(fields) => Ok((Ok(fields),)),
                        Err(error) => Ok((Err(error.downcast()?),)),
                    }
                },
            )?;
            interface.func_wrap(
                "[method]fields.set",
                |mut store: StoreContextMut<'_, T>,
                 (fields, name, values): (Resource<FieldMap>, String, Vec<Vec<u8>>)| {
                    let value = |value: &Vec<u8>| FIELD + name.len() + value.len();
                    admit(store.data_mut(), values.iter().map(value).sum())?;
                    match HostFields::set(&mut store.data_mut().http(), fields, name, values) {
                        Ok(()) => Ok((Ok(()),)),
                        Err(error) => Ok((Err(error.downcast()?),)),
                    }
                },
            )?;
            interface.func_wrap(
                "[method]fields.append",
                |mut store: StoreContextMut<'_, T>,
                 (fields, name, value): (Resource<FieldMap>, String, Vec<u8>)| {
                    admit(store.data_mut(), FIELD + name.len() + value.len())?;
                    match HostFields::append(&mut store.data_mut().http(), fields, name, value) {
                        Ok(()) => Ok((Ok(()),)),
                        Err(error) => Ok((Err(error.downcast()?),)),
                    }
                },
            )?;
            interface.func_wrap(
                "[method]fields.clone",
                |mut store: StoreContextMut<'_, T>, (fields,): (Resource<FieldMap>,)| {
                    let size = size(store.data_mut().ctx().table.get(&fields)?);
                    admit(store.data_mut(), size)?;
                    Ok((HostFields::clone(&mut store.data_mut().http(), fields)?,))
                },
            )
        }
    };
}

fields!(fields02, types02);
fields!(fields03, types03);

/// Defines again what makes a request larger: the text that `set-NAME` takes.
macro_rules! request {
    ($interface:ident, $name:literal, $host:path, $method:ident, $request:ty, $text:ty, $length:expr) => {
        $interface.func_wrap(
            $name,
            |mut store: StoreContextMut<'_, T>, (request, text): (Resource<$request>, $text)| {
                let length: fn(&$text) -> usize = $length;
                admit(store.data_mut(), length(&text))?;
                Ok((<_ as $host>::$method(&mut store.data_mut().http(), request, text)?,))
            },
        )
    };
}

fn optional(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

/// Requests of 0.2, and their bodies.
pub(super) fn requests02<T: Guarded>(linker: &mut Linker<T>, name: &str) -> wasmtime::Result<()> {
    use types02::{HostOutgoingRequest as Host, Method};

    let mut interface = linker.instance(name)?;
    interface.func_wrap(
        "[constructor]outgoing-request",
        |mut store: StoreContextMut<'_, T>, (headers,): (Resource<FieldMap>,)| {
            admit(store.data_mut(), REQUEST)?;
            Ok((Host::new(&mut store.data_mut().http(), headers)?,))
        },
    )?;
    interface.func_wrap(
        "[method]outgoing-request.body",
        |mut store: StoreContextMut<'_, T>, (request,): (Resource<HostOutgoingRequest>,)| {
            admit(store.data_mut(), 2 * BODY)?;
            Ok((Host::body(&mut store.data_mut().http(), request)?,))
        },
    )?;
    request!(
        interface,
        "[method]outgoing-request.set-method",
        Host,
        set_method,
        HostOutgoingRequest,
        Method,
        named
    )?;
    request!(
        interface,
        "[method]outgoing-request.set-authority",
        Host,
        set_authority,
        HostOutgoingRequest,
        Option<String>,
        optional
    )?;
    request!(
        interface,
        "[method]outgoing-request.set-path-with-query",
        Host,
        set_path_with_query,
        HostOutgoingRequest,
        Option<String>,
        optional
    )
}

/// Requests of 0.3; their paths are `path`'s.
pub(super) fn requests03<T: Guarded>(linker: &mut Linker<T>, name: &str) -> wasmtime::Result<()> {
    use types03::{HostRequest as Host, Method};

    let mut interface = linker.instance(name)?;
    request!(
        interface,
        "[method]request.set-method",
        Host,
        set_method,
        p3::Request,
        Method,
        |method| { if let Method::Other(name) = method { name.len() } else { 0 } }
    )?;
    request!(
        interface,
        "[method]request.set-authority",
        Host,
        set_authority,
        p3::Request,
        Option<String>,
        optional
    )
}
