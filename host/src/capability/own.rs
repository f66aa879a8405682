//! Interfaces that hand out authority, defined once more under a guest's own name, and answered
//! with that guest's grants.
//!
//! wasmtime-wasi's implementations are used as they are: for the time of the call, the store's
//! views are those of the guest.

use std::future::poll_fn;
use std::pin::pin;

use wasmtime::component::{Access, Accessor, Linker, Resource, StreamReader};
use wasmtime::{AsContextMut as _, StoreContextMut};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::p2::bindings::{cli, sockets};
use wasmtime_wasi::p3::bindings::cli as cli3;
use wasmtime_wasi::sockets::WasiSocketsView as _;
use wasmtime_wasi_http::WasiHttp;
use wasmtime_wasi_http::p2::bindings::http::{outgoing_handler, types as http};
use wasmtime_wasi_http::p3::bindings::http as http3;

use crate::capability::{Guarded, filesystem, lookup, stream02, stream03};
use crate::plan::authority::Own;

/// Runs `work` with the views of `guest`.
fn acting<T: Guarded, R>(data: &mut T, guest: usize, work: impl FnOnce(&mut T) -> R) -> R {
    let before = data.act_as(guest);
    let result = work(data);
    data.act_as(before);
    result
}

/// Defines functions of an interface: `NAME` calls the trait's method on the guest's view.
macro_rules! define {
    ($linker:ident, $own:ident, $guest:ident, $view:ident, $($name:literal => $method:path),+) => {{
        let mut interface = $linker.instance(&$own.import)?;
        $(interface.func_wrap($name, move |mut store: StoreContextMut<'_, T>, (): ()| {
            Ok((acting(store.data_mut(), $guest, |data| $method(&mut data.$view()))?,))
        })?;)+
    }};
}

/// Defines what the import `own` of `guest` stands for.
pub(super) fn link<T: Guarded>(
    linker: &mut Linker<T>,
    own: &Own,
    guest: usize,
) -> wasmtime::Result<()> {
    match own.interface {
        "wasi:cli/environment@0.2.12" => define!(linker, own, guest, cli,
            "get-environment" => cli::environment::Host::get_environment,
            "get-arguments" => cli::environment::Host::get_arguments,
            "initial-cwd" => cli::environment::Host::initial_cwd),
        "wasi:cli/environment@0.3.0" => define!(linker, own, guest, cli,
            "get-environment" => cli3::environment::Host::get_environment,
            "get-arguments" => cli3::environment::Host::get_arguments,
            "get-initial-cwd" => cli3::environment::Host::get_initial_cwd),
        "wasi:cli/stdin@0.2.12" => {
            define!(linker, own, guest, cli, "get-stdin" => cli::stdin::Host::get_stdin)
        }
        "wasi:cli/stdout@0.2.12" => {
            define!(linker, own, guest, cli, "get-stdout" => cli::stdout::Host::get_stdout)
        }
        "wasi:cli/stderr@0.2.12" => {
            define!(linker, own, guest, cli, "get-stderr" => cli::stderr::Host::get_stderr)
        }
        "wasi:cli/terminal-stdin@0.2.12" => define!(linker, own, guest, cli,
            "get-terminal-stdin" => cli::terminal_stdin::Host::get_terminal_stdin),
        "wasi:cli/terminal-stdout@0.2.12" => define!(linker, own, guest, cli,
            "get-terminal-stdout" => cli::terminal_stdout::Host::get_terminal_stdout),
        "wasi:cli/terminal-stderr@0.2.12" => define!(linker, own, guest, cli,
            "get-terminal-stderr" => cli::terminal_stderr::Host::get_terminal_stderr),
        "wasi:cli/terminal-stdin@0.3.0" => define!(linker, own, guest, cli,
            "get-terminal-stdin" => cli3::terminal_stdin::Host::get_terminal_stdin),
        "wasi:cli/terminal-stdout@0.3.0" => define!(linker, own, guest, cli,
            "get-terminal-stdout" => cli3::terminal_stdout::Host::get_terminal_stdout),
        "wasi:cli/terminal-stderr@0.3.0" => define!(linker, own, guest, cli,
            "get-terminal-stderr" => cli3::terminal_stderr::Host::get_terminal_stderr),
        "wasi:sockets/instance-network@0.2.12" => define!(linker, own, guest, sockets,
            "instance-network" => sockets::instance_network::Host::instance_network),
        "wasi:cli/stdin@0.3.0" | "wasi:cli/stdout@0.3.0" | "wasi:cli/stderr@0.3.0" => {
            standard(linker, own, guest)?
        }
        "wasi:sockets/tcp-create-socket@0.2.12" | "wasi:sockets/udp-create-socket@0.2.12" => {
            create_socket(linker, own, guest)?;
        }
        "wasi:http/outgoing-handler@0.2.12" => handle(linker, own, guest)?,
        "wasi:http/client@0.3.0" => send(linker, own, guest)?,
        "wasi:filesystem/preopens@0.2.12" => {
            filesystem::wasi02::preopens(linker, &own.import, guest)?
        }
        "wasi:filesystem/preopens@0.3.0" => {
            filesystem::wasi03::preopens(linker, &own.import, guest)?
        }
        "wasi:sockets/ip-name-lookup@0.2.12" => lookup::wasi02::link(linker, &own.import, guest)?,
        "wasi:sockets/ip-name-lookup@0.3.0" => lookup::wasi03::link(linker, &own.import, guest)?,
        "forebay:stream/open@0.1.0" => stream02::open(linker, &own.import, guest)?,
        "forebay:stream/async-open@0.1.0" => stream03::open(linker, &own.import, guest)?,
        other => wasmtime::bail!("`{other}` hands out authority, but isn't defined for one guest"),
    }
    Ok(())
}

/// The standard streams of 0.3.
fn standard<T: Guarded>(linker: &mut Linker<T>, own: &Own, guest: usize) -> wasmtime::Result<()> {
    let mut interface = linker.instance(&own.import)?;
    if own.interface == "wasi:cli/stdin@0.3.0" {
        return interface.func_wrap(
            "read-via-stream",
            move |mut store: StoreContextMut<'_, T>, (): ()| {
                let before = store.data_mut().act_as(guest);
                let reading = cli3::stdin::HostWithStore::read_via_stream(
                    Access::<T, WasiCli>::new(store.as_context_mut(), T::cli),
                );
                store.data_mut().act_as(before);
                Ok((reading?,))
            },
        );
    }
    let errors = own.interface == "wasi:cli/stderr@0.3.0";
    interface.func_wrap(
        "write-via-stream",
        move |mut store: StoreContextMut<'_, T>, (data,): (StreamReader<u8>,)| {
            let before = store.data_mut().act_as(guest);
            let access = Access::<T, WasiCli>::new(store.as_context_mut(), T::cli);
            let written = if errors {
                cli3::stderr::HostWithStore::write_via_stream(access, data)
            } else {
                cli3::stdout::HostWithStore::write_via_stream(access, data)
            };
            store.data_mut().act_as(before);
            Ok((written?,))
        },
    )
}

/// Sockets: each asks the guard of the guest that made it, whoever uses it.
fn create_socket<T: Guarded>(
    linker: &mut Linker<T>,
    own: &Own,
    guest: usize,
) -> wasmtime::Result<()> {
    use sockets::network::{ErrorCode, IpAddressFamily};
    use sockets::{tcp, tcp_create_socket, udp, udp_create_socket};
    let mut interface = linker.instance(&own.import)?;
    if own.interface == "wasi:sockets/tcp-create-socket@0.2.12" {
        interface.func_wrap(
            "create-tcp-socket",
            move |mut store: StoreContextMut<'_, T>, (family,): (IpAddressFamily,)| {
                let made = acting(store.data_mut(), guest, |data| {
                    tcp_create_socket::Host::create_tcp_socket(&mut data.sockets(), family)
                });
                let made: Result<Resource<tcp::TcpSocket>, ErrorCode> = match made {
                    Ok(socket) => Ok(socket),
                    Err(error) => Err(error.downcast()?),
                };
                Ok((made,))
            },
        )
    } else {
        interface.func_wrap_async(
            "create-udp-socket",
            move |mut store: StoreContextMut<'_, T>, (family,): (IpAddressFamily,)| {
                // The store is this call's until it's done: nobody acts meanwhile.
                Box::new(async move {
                    let before = store.data_mut().act_as(guest);
                    let made = udp_create_socket::Host::create_udp_socket(
                        &mut store.data_mut().sockets(),
                        family,
                    )
                    .await;
                    store.data_mut().act_as(before);
                    let made: Result<Resource<udp::UdpSocket>, ErrorCode> = match made {
                        Ok(socket) => Ok(socket),
                        Err(error) => Err(error.downcast()?),
                    };
                    Ok((made,))
                })
            },
        )
    }
}

/// Requests of 0.2.
fn handle<T: Guarded>(linker: &mut Linker<T>, own: &Own, guest: usize) -> wasmtime::Result<()> {
    type Arguments = (Resource<http::OutgoingRequest>, Option<Resource<http::RequestOptions>>);
    let mut interface = linker.instance(&own.import)?;
    interface.func_wrap(
        "handle",
        move |mut store: StoreContextMut<'_, T>, (request, options): Arguments| {
            let sent = acting(store.data_mut(), guest, |data| {
                outgoing_handler::Host::handle(&mut data.http(), request, options)
            });
            let sent: Result<Resource<http::FutureIncomingResponse>, http::ErrorCode> = match sent {
                Ok(response) => Ok(response),
                Err(error) => Err(error.downcast()?),
            };
            Ok((sent,))
        },
    )
}

/// Requests of 0.3: the guest is the one that acts whenever this call is polled, and no longer.
fn send<T: Guarded>(linker: &mut Linker<T>, own: &Own, guest: usize) -> wasmtime::Result<()> {
    use http3::client::HostWithStore;
    use http3::types::{ErrorCode, Request, Response};
    let mut interface = linker.instance(&own.import)?;
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
