//! TCP and names.

use std::net::{IpAddr, SocketAddr};

use wit_bindgen::{StreamReader, StreamResult, StreamWriter};

use crate::output::{Outcome, code, fail, pour, say};
use crate::wasi::sockets::ip_name_lookup::resolve_addresses;
use crate::wasi::sockets::types::{
    IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress, TcpSocket,
};
use crate::world::wit_stream;

/// Prints each address of a name, in the host's order.
pub async fn resolve(name: &str) -> Outcome {
    for address in look_up(name).await? {
        say(&address.to_string()).await;
    }
    Ok(())
}

/// Dials the first address that answers. With `text`: sends it, half-closes, and prints what comes
/// until the end.
pub async fn connect(peer: &str, text: Option<&str>) -> Outcome {
    let mut last = fail("no-address");
    for address in peers(peer).await? {
        last = dial(address).await;
        if last.is_ok() {
            break;
        }
    }
    let socket = last?;
    let Some(text) = text else {
        say("connected").await;
        return Ok(());
    };
    let (mut bytes, reader) = wit_stream::new();
    let sent = socket.send(reader);
    bytes.write_all(text.into()).await;
    drop(bytes);
    sent.await.map_err(code)?;
    let (input, ended) = socket.receive();
    pour(input).await?;
    say("").await;
    ended.await.map_err(code)
}

/// Listens, says where, takes one connection and echoes it until its end.
pub async fn listen(address: &str) -> Outcome {
    let address: SocketAddr =
        address.parse().or_else(|_| fail(format!("not-an-address {address}")))?;
    let socket = TcpSocket::create(family(&address)).map_err(code)?;
    socket.bind(to_wasi(address)).map_err(code)?;
    let mut connections = socket.listen().map_err(code)?;
    say(&format!("listening on {}", from_wasi(socket.get_local_address().map_err(code)?))).await;
    let Some(peer) = connections.next().await else {
        return fail("no-connection");
    };
    let (input, ended) = peer.receive();
    let (output, reader) = wit_stream::new();
    let sent = peer.send(reader);
    pump(input, output).await;
    sent.await.map_err(code)?;
    ended.await.map_err(code)
}

/// Moves bytes from one stream to another, until either ends.
pub async fn pump(mut input: StreamReader<u8>, mut output: StreamWriter<u8>) {
    let mut buffer = Vec::with_capacity(64 * 1024);
    loop {
        let (result, bytes) = input.read(buffer).await;
        if !matches!(result, StreamResult::Complete(_)) {
            return;
        }
        let unsent = output.write_all(bytes).await;
        if !unsent.is_empty() {
            return;
        }
        buffer = Vec::with_capacity(64 * 1024);
    }
}

async fn dial(address: SocketAddr) -> Outcome<TcpSocket> {
    let socket = TcpSocket::create(family(&address)).map_err(code)?;
    socket.connect(to_wasi(address)).await.map_err(code)?;
    Ok(socket)
}

async fn peers(text: &str) -> Outcome<Vec<SocketAddr>> {
    if let Ok(address) = text.parse() {
        return Ok(vec![address]);
    }
    let Some((name, Ok(port))) = text.rsplit_once(':').map(|(name, port)| (name, port.parse()))
    else {
        return fail(format!("not-an-address {text}"));
    };
    Ok(look_up(name).await?.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

async fn look_up(name: &str) -> Outcome<Vec<IpAddr>> {
    Ok(resolve_addresses(name.into()).await.map_err(code)?.into_iter().map(ip).collect())
}

fn family(address: &SocketAddr) -> IpAddressFamily {
    if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => IpAddr::from([a, b, c, d, e, f, g, h]),
    }
}

fn from_wasi(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(v4) => SocketAddr::new(ip(IpAddress::Ipv4(v4.address)), v4.port),
        IpSocketAddress::Ipv6(v6) => SocketAddr::new(ip(IpAddress::Ipv6(v6.address)), v6.port),
    }
}

fn to_wasi(address: SocketAddr) -> IpSocketAddress {
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
