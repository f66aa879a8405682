//! UDP: one datagram there, one back.

use std::net::SocketAddr;

use crate::address::{family, from_wasi, local, peers, to_wasi};
use crate::outcome::{Outcome, code, fail, say};
use crate::wasi::sockets::instance_network::instance_network;
use crate::wasi::sockets::network::ErrorCode;
use crate::wasi::sockets::udp::{
    IncomingDatagram, IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket,
};
use crate::wasi::sockets::udp_create_socket::create_udp_socket;

/// Sends `text` and prints the reply.
pub fn send(peer: &str, text: &str) -> Outcome {
    let Some(address) = peers(peer)?.into_iter().next() else {
        return fail("no-address");
    };
    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = bound(local(any)?)?;
    let (incoming, outgoing) = socket.stream(Some(to_wasi(address))).map_err(code)?;
    give(&outgoing, OutgoingDatagram { data: text.into(), remote_address: None })?;
    say(&String::from_utf8_lossy(&take(&incoming)?.data));
    Ok(())
}

/// Binds, says where, prints one datagram and sends it back.
pub fn bind(address: &str) -> Outcome {
    let socket = bound(local(address)?)?;
    say(&format!("bound to {}", from_wasi(socket.local_address().map_err(code)?)));
    let (incoming, outgoing) = socket.stream(None).map_err(code)?;
    let datagram = take(&incoming)?;
    say(&String::from_utf8_lossy(&datagram.data));
    give(
        &outgoing,
        OutgoingDatagram { data: datagram.data, remote_address: Some(datagram.remote_address) },
    )
}

fn bound(address: SocketAddr) -> Outcome<UdpSocket> {
    let socket = create_udp_socket(family(&address)).map_err(code)?;
    socket.start_bind(&instance_network(), to_wasi(address)).map_err(code)?;
    loop {
        match socket.finish_bind() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            other => return other.map(|()| socket).map_err(code),
        }
    }
}

fn take(incoming: &IncomingDatagramStream) -> Outcome<IncomingDatagram> {
    loop {
        match incoming.receive(1).map_err(code)?.pop() {
            Some(datagram) => return Ok(datagram),
            None => incoming.subscribe().block(),
        }
    }
}

fn give(outgoing: &OutgoingDatagramStream, datagram: OutgoingDatagram) -> Outcome {
    while outgoing.check_send().map_err(code)? == 0 {
        outgoing.subscribe().block();
    }
    outgoing.send(&[datagram]).map_err(code)?;
    Ok(())
}
