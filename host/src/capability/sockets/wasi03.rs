//! `wasi:sockets` of WASI 0.3: one interface, which both makes sockets and holds their type.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p3::bindings::sockets;
use wasmtime_wasi::p3::bindings::sockets::types::{ErrorCode, IpSocketAddress};
use wasmtime_wasi::p3::bindings::sockets::types::{HostTcpSocket, HostUdpSocket};
use wasmtime_wasi::p3::sockets::SocketResult;
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};

use crate::capability::Guarded;
use crate::capability::import::Import;

/// Has the guard know of each bind, as in WASI 0.2.
pub(in crate::capability) fn types<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    sockets::types::add_to_linker::<T, WasiSockets>(linker, T::sockets)?;
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap_async(
        "[method]tcp-socket.bind",
        |mut store: StoreContextMut<'_, T>, (socket, local): Binding<_>| {
            // The store is this call's until it's done: nobody else binds meanwhile.
            Box::new(async move {
                store.data_mut().binds(true);
                let mut view = store.data_mut().sockets();
                let bound = HostTcpSocket::bind(&mut view, socket, local).await;
                store.data_mut().binds(false);
                code(bound)
            })
        },
    )?;
    interface.func_wrap_async(
        "[method]udp-socket.bind",
        |mut store: StoreContextMut<'_, T>, (socket, local): Binding<_>| {
            // The store is this call's until it's done: nobody else binds meanwhile.
            Box::new(async move {
                store.data_mut().binds(true);
                let mut view = store.data_mut().sockets();
                let bound = HostUdpSocket::bind(&mut view, socket, local).await;
                store.data_mut().binds(false);
                code(bound)
            })
        },
    )
}

type Binding<S> = (Resource<S>, IpSocketAddress);

fn code(result: SocketResult<()>) -> wasmtime::Result<(Result<(), ErrorCode>,)> {
    Ok((result.map_or_else(|error| error.downcast().map(Err), |()| Ok(Ok(())))?,))
}
