//! Addresses: read from text, printed, and found by name.

use std::net::{IpAddr, SocketAddr};

use crate::outcome::{Outcome, code, fail, say};
use crate::wasi::sockets::instance_network::instance_network;
use crate::wasi::sockets::ip_name_lookup::resolve_addresses;
use crate::wasi::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};

/// Prints each address of a name, in the host's order.
pub fn resolve(name: &str) -> Outcome {
    look_up(name)?.iter().for_each(|address| say(&address.to_string()));
    Ok(())
}

/// The addresses that `HOST:PORT` may mean; the host is asked only if HOST is a name.
pub fn peers(text: &str) -> Outcome<Vec<SocketAddr>> {
    if let Ok(address) = text.parse() {
        return Ok(vec![address]);
    }
    let Some((name, Ok(port))) = text.rsplit_once(':').map(|(name, port)| (name, port.parse()))
    else {
        return fail(format!("not-an-address {text}"));
    };
    Ok(look_up(name)?.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

/// The address that `ADDR:PORT` is.
pub fn local(text: &str) -> Outcome<SocketAddr> {
    text.parse().or_else(|_| fail(format!("not-an-address {text}")))
}

/// The family of an address.
pub fn family(address: &SocketAddr) -> IpAddressFamily {
    if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 }
}

/// An address as WASI has it.
pub fn to_wasi(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(v4) => {
            let [a, b, c, d] = v4.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: v4.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: v6.port(),
                flow_info: v6.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: v6.scope_id(),
            })
        }
    }
}

/// An address as Rust has it.
pub fn from_wasi(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(v4) => SocketAddr::new(ip(IpAddress::Ipv4(v4.address)), v4.port),
        IpSocketAddress::Ipv6(v6) => SocketAddr::new(ip(IpAddress::Ipv6(v6.address)), v6.port),
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => IpAddr::from([a, b, c, d, e, f, g, h]),
    }
}

fn look_up(name: &str) -> Outcome<Vec<IpAddr>> {
    let answers = resolve_addresses(&instance_network(), name).map_err(code)?;
    let mut found = Vec::new();
    loop {
        match answers.resolve_next_address() {
            Ok(Some(address)) => found.push(ip(address)),
            Ok(None) => return Ok(found),
            Err(ErrorCode::WouldBlock) => answers.subscribe().block(),
            Err(error) => return Err(code(error)),
        }
    }
}
