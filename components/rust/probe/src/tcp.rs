//! TCP, as one who dials and as one who listens.

use std::net::SocketAddr;

use crate::address::{family, from_wasi, local, peers, to_wasi};
use crate::outcome::{Outcome, code, fail, say, stream_code, write_all};
use crate::wasi::cli::stdout;
use crate::wasi::io::poll::Pollable;
use crate::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::wasi::sockets::instance_network::instance_network;
use crate::wasi::sockets::network::ErrorCode;
use crate::wasi::sockets::tcp::{ShutdownType, TcpSocket};
use crate::wasi::sockets::tcp_create_socket::create_tcp_socket;

/// Dials the first address that answers. With `text`: sends it, half-closes, and prints what comes
/// until the end.
pub fn connect(peer: &str, text: Option<&str>) -> Outcome {
    let mut last = fail("no-address");
    for address in peers(peer)? {
        last = dial(address);
        if last.is_ok() {
            break;
        }
    }
    let (socket, input, output) = last?;
    let Some(text) = text else {
        say("connected");
        return Ok(());
    };
    write_all(&output, text.as_bytes())?;
    socket.shutdown(ShutdownType::Send).map_err(code)?;
    pour(&input, &stdout::get_stdout())?;
    say("");
    Ok(())
}

/// Listens, says where, takes one connection and echoes it until its end.
pub fn listen(address: &str) -> Outcome {
    let (address, network) = (local(address)?, instance_network());
    let socket = create_tcp_socket(family(&address)).map_err(code)?;
    socket.start_bind(&network, to_wasi(address)).map_err(code)?;
    wait(|| socket.finish_bind(), || socket.subscribe())?;
    socket.start_listen().map_err(code)?;
    wait(|| socket.finish_listen(), || socket.subscribe())?;
    say(&format!("listening on {}", from_wasi(socket.local_address().map_err(code)?)));
    let (peer, input, output) = wait(|| socket.accept(), || socket.subscribe())?;
    pour(&input, &output)?;
    drop((input, output));
    // The peer may have gone already, having read all it wanted.
    let _ = peer.shutdown(ShutdownType::Both);
    Ok(())
}

fn dial(address: SocketAddr) -> Outcome<(TcpSocket, InputStream, OutputStream)> {
    let socket = create_tcp_socket(family(&address)).map_err(code)?;
    socket.start_connect(&instance_network(), to_wasi(address)).map_err(code)?;
    let (input, output) = wait(|| socket.finish_connect(), || socket.subscribe())?;
    Ok((socket, input, output))
}

/// Asks again each time the socket is ready, until the answer is not `would-block`.
fn wait<T>(ask: impl Fn() -> Result<T, ErrorCode>, ready: impl Fn() -> Pollable) -> Outcome<T> {
    loop {
        match ask() {
            Err(ErrorCode::WouldBlock) => ready().block(),
            other => return other.map_err(code),
        }
    }
}

fn pour(input: &InputStream, output: &OutputStream) -> Outcome {
    loop {
        match input.blocking_read(64 * 1024) {
            Ok(bytes) => write_all(output, &bytes)?,
            Err(StreamError::Closed) => return Ok(()),
            Err(error) => return Err(stream_code(error)),
        }
    }
}
