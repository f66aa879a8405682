//! Takes a guest's `stream<T>` of values into a sink, one line each, and waits for a guest's
//! `future<T>`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    ComponentType, FutureConsumer, FutureReader, Lift, Source, StreamConsumer, StreamResult, Val,
};

use crate::stream::Sink;

/// How many values are taken at once.
const BATCH: usize = 256;

/// Values that a stream may have: their static types are known here.
pub(super) trait Value: Lift + ComponentType + Send + Sync + 'static {
    /// The value, for rendering.
    fn value(self) -> Val;
}

macro_rules! values {
    ($($ty:ty => $case:ident),*) => {
        $(impl Value for $ty {
            fn value(self) -> Val {
                Val::$case(self)
            }
        })*
    };
}

values!(bool => Bool, i8 => S8, u8 => U8, i16 => S16, u16 => U16, i32 => S32, u32 => U32, i64 => S64, u64 => U64,
    f32 => Float32, f64 => Float64, char => Char, String => String);

impl Value for Result<(), String> {
    fn value(self) -> Val {
        Val::Result(self.map(|()| None).map_err(|error| Some(Box::new(Val::String(error)))))
    }
}

impl Value for Result<String, String> {
    fn value(self) -> Val {
        let text = |text| Some(Box::new(Val::String(text)));
        Val::Result(self.map(text).map_err(text))
    }
}

impl Value for Result<(), ()> {
    fn value(self) -> Val {
        Val::Result(self.map(|()| None).map_err(|()| None))
    }
}

impl Value for () {
    fn value(self) -> Val {
        Val::Tuple(Vec::new())
    }
}

/// Writes each value of a stream with `show`.
pub(super) struct Lines<T> {
    pub sink: Sink,
    pub show: Box<dyn Fn(T) -> io::Result<Vec<u8>> + Send>,
    pub ended: Option<oneshot::Sender<io::Result<()>>>,
}

impl<T> Lines<T> {
    fn end(&mut self, result: io::Result<()>) {
        if let Some(ended) = self.ended.take() {
            // Nobody needs to listen.
            let _ = ended.send(result);
        }
    }
}

impl<T: Value, D> StreamConsumer<D> for Lines<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<D>,
        mut source: Source<'_, T>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        // Nothing is taken before all that was taken is written.
        match self.sink.poll_drain(cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => {
                self.end(Err(error));
                return Poll::Ready(Ok(StreamResult::Dropped));
            }
            Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => return Poll::Pending,
        }
        let mut batch = Vec::with_capacity(BATCH);
        source.read(&mut store, &mut batch)?;
        let mut text = Vec::new();
        let mut result = Ok(());
        for value in batch {
            match (self.show)(value) {
                Ok(line) => text.extend(line),
                Err(error) => result = Err(error),
            }
        }
        match result.and_then(|()| self.sink.take(text.into())) {
            Ok(()) => Poll::Ready(Ok(StreamResult::Completed)),
            Err(error) => {
                self.end(Err(error));
                Poll::Ready(Ok(StreamResult::Dropped))
            }
        }
    }
}

impl<T> Drop for Lines<T> {
    fn drop(&mut self) {
        self.end(Ok(()));
    }
}

/// Hands the value of a future on; dropped without one, the listener learns that there is none.
pub(super) struct Awaited<T>(Option<oneshot::Sender<T>>);

impl<T: Value, D> FutureConsumer<D> for Awaited<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<D>,
        mut source: Source<'_, T>,
        _finish: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut slot = None;
        source.read(store, &mut slot)?;
        if let (Some(value), Some(sender)) = (slot, self.0.take()) {
            let _ = sender.send(value);
        }
        Poll::Ready(Ok(()))
    }
}

/// Starts waiting for a future.
pub(super) fn awaited<T: Value, D: 'static>(
    store: StoreContextMut<'_, D>,
    reader: FutureReader<T>,
) -> wasmtime::Result<oneshot::Receiver<T>> {
    let (sender, value) = oneshot::channel();
    reader.pipe(store, Awaited(Some(sender)))?;
    Ok(value)
}

/// What a receiver has to say, polled.
pub(super) fn poll_end(
    ended: &mut oneshot::Receiver<io::Result<()>>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    let end = ready!(Pin::new(ended).poll(cx));
    Poll::Ready(end.unwrap_or(Ok(())))
}
