//! Closing a connection of WASI 0.2 whose peer doesn't read. wasmtime-wasi waits then until the
//! peer has taken everything, and so the guest for as long as the peer likes. Here what was written
//! is sent behind the guest's back.

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::p2::bindings::sockets::tcp::{HostTcpSocket as _, TcpSocket};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, OutputStream, Pollable, StreamError, StreamResult,
};
use wasmtime_wasi::sockets::WasiSocketsView as _;

use crate::capability::Guarded;
use crate::stream::Lingering;

/// Both directions of a connection.
type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);
/// A connection that was accepted, with its directions.
type Accepted = (Resource<TcpSocket>, Resource<DynInputStream>, Resource<DynOutputStream>);

/// Defines anew the functions that give a connection's streams.
pub(super) fn link<T: Guarded>(linker: &mut Linker<T>, name: &str) -> wasmtime::Result<()> {
    let mut interface = linker.instance(name)?;
    interface.func_wrap(
        "[method]tcp-socket.finish-connect",
        |mut store: StoreContextMut<'_, T>, (socket,): (Resource<TcpSocket>,)| {
            let connected: Result<Streams, ErrorCode> =
                match store.data_mut().sockets().finish_connect(socket) {
                    Ok(streams) => Ok(streams),
                    Err(error) => Err(error.downcast()?),
                };
            if let Ok((_, output)) = &connected {
                lingers(store.data_mut(), output)?;
            }

            Ok((connected,))
        },
    )?;
    interface.func_wrap(
        "[method]tcp-socket.accept",
        |mut store: StoreContextMut<'_, T>, (socket,): (Resource<TcpSocket>,)| {
            let accepted: Result<Accepted, ErrorCode> =
                match store.data_mut().sockets().accept(socket) {
                    Ok(accepted) => Ok(accepted),
                    Err(error) => Err(error.downcast()?),
                };
            if let Ok((_, _, output)) = &accepted {
                lingers(store.data_mut(), output)?;
            }

            Ok((accepted,))
        },
    )
}

/// Has a stream that was just made not wait when it's closed.
fn lingers<T: Guarded>(data: &mut T, output: &Resource<DynOutputStream>) -> wasmtime::Result<()> {
    let lingering = data.opener(0).lingering().clone();
    let stream = data.ctx().table.get_mut(output)?;
    let theirs = std::mem::replace(stream, Box::new(Closed));
    *stream = Box::new(Sending { stream: theirs, lingering });

    Ok(())
}

/// The writing direction of a connection.
struct Sending {
    stream: DynOutputStream,
    lingering: Lingering,
}

#[async_trait::async_trait]
impl OutputStream for Sending {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.stream.check_write()
    }

    async fn write_ready(&mut self) -> StreamResult<usize> {
        self.stream.write_ready().await
    }

    async fn cancel(&mut self) {
        let mut stream = std::mem::replace(&mut self.stream, Box::new(Closed));
        self.lingering.send(async move { stream.cancel().await }).await;
    }
}

#[async_trait::async_trait]
impl Pollable for Sending {
    async fn ready(&mut self) {
        self.stream.ready().await;
    }
}

/// What is left of a direction that was closed.
struct Closed;

#[async_trait::async_trait]
impl OutputStream for Closed {
    fn write(&mut self, _: Bytes) -> StreamResult<()> {
        Err(StreamError::Closed)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Err(StreamError::Closed)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Err(StreamError::Closed)
    }
}

#[async_trait::async_trait]
impl Pollable for Closed {
    async fn ready(&mut self) {}
}
