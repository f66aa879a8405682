//! `wasi:http` of WASI 0.3: what a guest sends.

use std::future::poll_fn;
use std::pin::pin;

use wasmtime::component::{Accessor, Linker, Resource};
use wasmtime_wasi_http::WasiHttp;
use wasmtime_wasi_http::p3::bindings::http;
use wasmtime_wasi_http::p3::bindings::http::client::HostWithStore;
use wasmtime_wasi_http::p3::bindings::http::types::{ErrorCode, Request, Response};

use crate::capability::Guarded;
use crate::capability::http::held;
use crate::capability::http::path;
use crate::capability::import::Import;

pub(in crate::capability) fn types<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    http::types::add_to_linker::<T, WasiHttp>(linker, T::http)?;
    held::fields03(linker, import.name)?;
    held::requests03(linker, import.name)?;
    path::define(linker, import.name)
}

/// The guest is the one that acts whenever a request is polled, and no longer.
pub(in crate::capability) fn client<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    let guest = import.guest;
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap_concurrent(
        "send",
        move |store: &Accessor<T>, (request,): (Resource<Request>,)| {
            Box::pin(async move {
                let view = store.with_getter::<WasiHttp>(T::http);
                let mut sending = pin!(<WasiHttp as HostWithStore<T>>::send(&view, request));
                let sent = poll_fn(|cx| {
                    let before = store.with(|mut access| access.data_mut().act_as(guest));
                    let polled = sending.as_mut().poll(cx);
                    store.with(|mut access| access.data_mut().act_as(before));
                    polled
                });
                let sent: Result<Resource<Response>, ErrorCode> = match sent.await {
                    Ok(response) => Ok(response),
                    Err(error) => Err(error.downcast()?),
                };

                Ok((sent,))
            })
        },
    )
}
