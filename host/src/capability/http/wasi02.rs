//! `wasi:http` of WASI 0.2: what a guest sends.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::WasiHttp;
use wasmtime_wasi_http::p2::bindings::http;
use wasmtime_wasi_http::p2::bindings::http::types::{
    ErrorCode, FutureIncomingResponse, OutgoingRequest, RequestOptions,
};

use crate::capability::Guarded;
use crate::capability::http::held;
use crate::capability::import::{Import, acting};

pub(in crate::capability) fn types<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    http::types::add_to_linker::<T, WasiHttp>(linker, &Default::default(), T::http)?;
    held::fields02(linker, import.name)?;
    held::requests02(linker, import.name)
}

pub(in crate::capability) fn outgoing_handler<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    type Arguments = (Resource<OutgoingRequest>, Option<Resource<RequestOptions>>);

    let guest = import.guest;
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap(
        "handle",
        move |mut store: StoreContextMut<'_, T>, (request, options): Arguments| {
            let sent = acting(store.data_mut(), guest, |data| {
                http::outgoing_handler::Host::handle(&mut data.http(), request, options)
            });
            let sent: Result<Resource<FutureIncomingResponse>, ErrorCode> = match sent {
                Ok(response) => Ok(response),
                Err(error) => Err(error.downcast()?),
            };

            Ok((sent,))
        },
    )
}
