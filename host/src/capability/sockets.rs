//! Puts the guard behind wasmtime-wasi's socket checks, which ask for each address before it is
//! used.

mod closing;
pub(super) mod wasi02;
pub(super) mod wasi03;

use std::sync::Arc;

use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;

use crate::policy::{Guard, Transport};

/// Lets a context create sockets whose every use is decided by `guard`.
pub fn allow(builder: &mut WasiCtxBuilder, guard: Arc<Guard>) {
    builder.allow_tcp(true).allow_udp(true).socket_addr_check(move |address, usage| {
        let allowed = match usage {
            SocketAddrUse::TcpBind => guard.may_bind(Transport::Tcp, address),
            SocketAddrUse::TcpListen => guard.may_listen(Transport::Tcp, address),
            // Who may listen may hear from anyone: rules name local addresses, not clients.
            SocketAddrUse::TcpAccept => true,
            SocketAddrUse::TcpConnect => guard.may_dial(Transport::Tcp, address),
            SocketAddrUse::UdpBind => guard.may_bind(Transport::Udp, address),
            SocketAddrUse::UdpSend => guard.may_dial(Transport::Udp, address),
            SocketAddrUse::UdpReceive => guard.may_receive(address),
        };
        Box::pin(async move { allowed })
    });
}
