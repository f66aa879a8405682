//! `wasi:sockets` of WASI 0.2. A socket asks the guard of the guest that made it, whoever uses it.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::SocketResult;
use wasmtime_wasi::p2::bindings::sockets;
use wasmtime_wasi::p2::bindings::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Network,
};
use wasmtime_wasi::p2::bindings::sockets::tcp::{HostTcpSocket, TcpSocket};
use wasmtime_wasi::p2::bindings::sockets::udp::{HostUdpSocket, UdpSocket};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};

use crate::capability::Guarded;
use crate::capability::import::{Import, acting, as_in_wasmtime, for_guest};
use crate::capability::sockets::closing;

as_in_wasmtime! {
    network => sockets::network, WasiSockets, T::sockets, &Default::default();
}

for_guest! {
    instance => sockets {
        "instance-network" => sockets::instance_network::Host::instance_network
    }
}

pub(in crate::capability) fn create_tcp<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    use sockets::tcp_create_socket::Host;

    let guest = import.guest;
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap(
        "create-tcp-socket",
        move |mut store: StoreContextMut<'_, T>, (family,): (IpAddressFamily,)| {
            let made = acting(store.data_mut(), guest, |data| {
                Host::create_tcp_socket(&mut data.sockets(), family)
            });
            let made: Result<Resource<TcpSocket>, ErrorCode> = match made {
                Ok(socket) => Ok(socket),
                Err(error) => Err(error.downcast()?),
            };

            Ok((made,))
        },
    )
}

pub(in crate::capability) fn create_udp<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    use sockets::udp_create_socket::Host;

    let guest = import.guest;
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap_async(
        "create-udp-socket",
        move |mut store: StoreContextMut<'_, T>, (family,): (IpAddressFamily,)| {
            // The store is this call's until it's done: nobody acts meanwhile.
            Box::new(async move {
                let before = store.data_mut().act_as(guest);
                let mut view = store.data_mut().sockets();
                let made = Host::create_udp_socket(&mut view, family).await;
                store.data_mut().act_as(before);

                let made: Result<Resource<UdpSocket>, ErrorCode> = match made {
                    Ok(socket) => Ok(socket),
                    Err(error) => Err(error.downcast()?),
                };

                Ok((made,))
            })
        },
    )
}

/// Has the guard know of each bind: a socket that connects asks whether it may have a port of the
/// system's choice, too, but takes none if that is refused. What the guest binds itself does.
pub(in crate::capability) fn tcp<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    sockets::tcp::add_to_linker::<T, WasiSockets>(linker, T::sockets)?;
    closing::link(linker, import.name)?;
    linker.instance(import.name)?.func_wrap_async(
        "[method]tcp-socket.start-bind",
        |mut store: StoreContextMut<'_, T>, (socket, network, local): Binding<_>| {
            // The store is this call's until it's done: nobody else binds meanwhile.
            Box::new(async move {
                store.data_mut().binds(true);
                let mut view = store.data_mut().sockets();
                let bound = HostTcpSocket::start_bind(&mut view, socket, network, local).await;
                store.data_mut().binds(false);
                code(bound)
            })
        },
    )
}

pub(in crate::capability) fn udp<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    sockets::udp::add_to_linker::<T, WasiSockets>(linker, T::sockets)?;
    linker.instance(import.name)?.func_wrap_async(
        "[method]udp-socket.start-bind",
        |mut store: StoreContextMut<'_, T>, (socket, network, local): Binding<_>| {
            // The store is this call's until it's done: nobody else binds meanwhile.
            Box::new(async move {
                store.data_mut().binds(true);
                let mut view = store.data_mut().sockets();
                let bound = HostUdpSocket::start_bind(&mut view, socket, network, local).await;
                store.data_mut().binds(false);
                code(bound)
            })
        },
    )
}

type Binding<S> = (Resource<S>, Resource<Network>, IpSocketAddress);

fn code(result: SocketResult<()>) -> wasmtime::Result<(Result<(), ErrorCode>,)> {
    Ok((result.map_or_else(|error| error.downcast().map(Err), |()| Ok(Ok(())))?,))
}
