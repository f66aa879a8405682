//! Streams and futures on their way from one store to another, of every type that may go.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;
use wasmtime::component::{
    FutureAny, FutureConsumer, FutureReader, Lift, Lower, Source, StreamAny, StreamReader,
};
use wasmtime::{AsContextMut as _, StoreContextMut};

use super::pipe::{ReadEnd, pipe};
use super::{Open, OpenCall};
use crate::capability::Guarded;

/// A stream that has left its store: a `ReadEnd` of the type of its items.
pub struct MovedStream(Box<dyn Any + Send>);

/// A future that has left its store: a `Pending` of the type of its value.
pub struct MovedFuture(Box<dyn Any + Send>);

/// What a future in another store will bring.
struct Pending<T> {
    value: oneshot::Receiver<T>,
    /// What is open in that store, which knows why it was given up.
    open: Option<Open>,
}

/// Does so for each type of items that can go from store to store.
macro_rules! each_item {
    ($do:ident) => {
        $do!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, bool, char, String, Vec<u8>)
    };
}

/// Does so for each type of a future's value that can.
macro_rules! each_value {
    ($do:ident) => {
        $do!(
            u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, bool, char, String, Vec<u8>, (),
            Result<(), ()>, Result<(), String>
        )
    };
}

/// Takes a stream out of its store; what is written to it is kept, a bounded amount, until it's read
/// in another one. `call` is the call that passes it.
///
/// # Errors
/// When its items can't leave a store, which the plan has made sure of.
pub fn take_stream<D: Guarded>(
    mut store: StoreContextMut<'_, D>,
    stream: &StreamAny,
    call: &OpenCall,
) -> wasmtime::Result<MovedStream> {
    macro_rules! attempt {
        ($($ty:ty),*) => {
            $(if let Ok(reader) = stream.clone().try_into_stream_reader::<$ty>() {
                let (write, read) = pipe::<$ty>(call.another());
                reader.pipe(store.as_context_mut(), write)?;
                return Ok(MovedStream(Box::new(read)));
            })*
        };
    }
    each_item!(attempt);
    wasmtime::bail!("a stream was passed whose items can't leave their store")
}

/// Puts a stream into a store, for the call `call`.
///
/// # Errors
/// When the store has no room for it.
pub fn give_stream<D: 'static>(
    mut store: StoreContextMut<'_, D>,
    stream: MovedStream,
    call: &OpenCall,
) -> wasmtime::Result<StreamAny> {
    let moved = stream.0;
    macro_rules! attempt {
        ($($ty:ty),*) => {
            $(let moved = match moved.downcast::<ReadEnd<$ty>>() {
                Ok(read) => {
                    let read = read.within(call.another());
                    return StreamReader::new(store.as_context_mut(), read)?
                        .try_into_stream_any(store);
                }
                Err(moved) => moved,
            };)*
            drop(moved);
        };
    }
    each_item!(attempt);
    unreachable!("`take_stream` makes no others")
}

/// [`take_stream`] for a future.
///
/// # Errors
/// As [`take_stream`].
pub fn take_future<D: 'static>(
    mut store: StoreContextMut<'_, D>,
    future: &FutureAny,
    call: &OpenCall,
) -> wasmtime::Result<MovedFuture> {
    macro_rules! attempt {
        ($($ty:ty),*) => {
            $(if let Ok(reader) = future.clone().try_into_future_reader::<$ty>() {
                let (sender, value) = oneshot::channel::<$ty>();
                let open = call.open().cloned();
                let consumer = Awaited { sender: Some(sender), _entry: call.another() };
                reader.pipe(store.as_context_mut(), consumer)?;
                return Ok(MovedFuture(Box::new(Pending { value, open })));
            })*
        };
    }
    each_value!(attempt);
    wasmtime::bail!("a future was passed whose value can't leave its store")
}

/// [`give_stream`] for a future.
///
/// # Errors
/// As [`give_stream`].
pub fn give_future<D: 'static>(
    mut store: StoreContextMut<'_, D>,
    future: MovedFuture,
    call: &OpenCall,
) -> wasmtime::Result<FutureAny> {
    let moved = future.0;
    macro_rules! attempt {
        ($($ty:ty),*) => {
            $(let moved = match moved.downcast::<Pending<$ty>>() {
                Ok(pending) => {
                    let entry = call.another();
                    let value = async move {
                        let _entry = entry;
                        let Pending { value, open } = *pending;
                        value.await.map_err(|_| broken(open.as_ref()))
                    };
                    return FutureReader::new(store.as_context_mut(), value)?
                        .try_into_future_any(store);
                }
                Err(moved) => moved,
            };)*
            drop(moved);
        };
    }
    each_value!(attempt);
    unreachable!("`take_future` makes no others")
}

/// Why a future brings nothing.
fn broken(open: Option<&Open>) -> wasmtime::Error {
    match open.and_then(Open::failure) {
        Some((guest, why)) => {
            wasmtime::format_err!("a future brought nothing: the guest `{guest}` {why}")
        }
        None => wasmtime::format_err!("a future brought nothing: nobody writes it any more"),
    }
}

/// The end of a future that takes what a guest writes.
struct Awaited<T> {
    sender: Option<oneshot::Sender<T>>,
    /// That it's open in the guest's store.
    _entry: OpenCall,
}

impl<D, T: Lift + Lower + Send + Sync + 'static> FutureConsumer<D> for Awaited<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<D>,
        mut source: Source<'_, T>,
        _finish: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut value = None;
        source.read(store, &mut value)?;
        if let (Some(value), Some(sender)) = (value, self.sender.take()) {
            // Nobody needs to wait for it.
            let _ = sender.send(value);
        }
        Poll::Ready(Ok(()))
    }
}
