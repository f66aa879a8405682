//! A stream between two stores. The one's guest writes into it what the other's reads: items lie here
//! between a write and a read, a bounded number of them, so a slow reader holds its writer; they are
//! charged to the writer's store.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use wasmtime::StoreContextMut;
use wasmtime::component::{
    Destination, Lift, Lower, Source, StreamConsumer, StreamProducer, StreamResult, VecBuffer,
};

use super::{Open, OpenCall};
use crate::account::Charge;
use crate::capability::Guarded;

/// How many bytes of items are taken from the writer at once.
const CHUNK: usize = 64 << 10;
/// How many such chunks lie here at most.
const CHUNKS: usize = 4;
/// How many items without a fixed size are taken at once.
const TEXTS: usize = 16;

/// What can be an item.
pub trait Item: Lift + Lower + Send + Sync + 'static {
    /// How many are taken from the writer at once.
    const MOST: usize;

    /// How many bytes it holds besides its own size.
    fn held(&self) -> usize {
        0
    }
}

/// Items of a fixed size.
macro_rules! fixed {
    ($($ty:ty),*) => {
        $(impl Item for $ty {
            const MOST: usize = CHUNK / size_of::<$ty>();
        })*
    };
}

fixed!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, bool, char);

impl Item for String {
    const MOST: usize = TEXTS;

    fn held(&self) -> usize {
        self.capacity()
    }
}

impl Item for Vec<u8> {
    const MOST: usize = TEXTS;

    fn held(&self) -> usize {
        self.capacity()
    }
}

/// Both ends of a new pipe: what the one store writes to, and what the other reads from. `entry` is
/// noted as open in the writing store until its end is closed.
pub fn pipe<T: Item>(entry: OpenCall) -> (WriteEnd<T>, ReadEnd<T>) {
    let shared = Arc::new(Shared { state: Mutex::new(State::default()) });
    let write = WriteEnd { shared: shared.clone(), entry };
    (write, ReadEnd { shared, entry: None })
}

struct Shared<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    chunks: VecDeque<(Vec<T>, Charge)>,
    /// Nothing is written any more; or the writer's store was given up, and why.
    ended: Option<Result<(), (String, String)>>,
    /// Nothing is read any more.
    unread: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        let (chunks, ended) = (VecDeque::new(), None);
        State { chunks, ended, unread: false, reader: None, writer: None }
    }
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

/// The end that takes what a guest writes.
pub struct WriteEnd<T> {
    shared: Arc<Shared<T>>,
    entry: OpenCall,
}

impl<T> Drop for WriteEnd<T> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        // A store that is given up drops what its guests had open, as a guest does that is done.
        let failure = self.entry.open().and_then(Open::failure);
        state.ended = Some(failure.map_or(Ok(()), Err));
        wake(&mut state.reader);
    }
}

impl<D: Guarded, T: Item> StreamConsumer<D> for WriteEnd<T> {
    type Item = T;

    fn poll_consume(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<D>,
        mut source: Source<'_, T>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut state = self.shared.state();
        if state.unread {
            return Poll::Ready(Ok(StreamResult::Dropped));
        }
        if state.chunks.len() == CHUNKS {
            if finish {
                return Poll::Ready(Ok(StreamResult::Cancelled));
            }
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }

        let count = source.remaining(&mut store).min(T::MOST);
        // A write of nothing asks whether more would be taken.
        if count > 0 {
            let mut chunk = Vec::with_capacity(count);
            source.read(&mut store, &mut chunk)?;
            let held: usize = chunk.iter().map(Item::held).sum();
            let account = store.data().opener(0).account();
            let charge = account.charge(held + count * size_of::<T>())?;
            state.chunks.push_back((chunk, charge));
            wake(&mut state.reader);
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

/// The end that a guest reads from.
pub struct ReadEnd<T> {
    shared: Arc<Shared<T>>,
    /// That it's open in the reading store.
    entry: Option<OpenCall>,
}

impl<T> ReadEnd<T> {
    /// The same, noted as open in a store.
    pub fn within(mut self, entry: OpenCall) -> ReadEnd<T> {
        self.entry = Some(entry);
        self
    }
}

impl<T> Drop for ReadEnd<T> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.unread = true;
        state.chunks.clear();
        wake(&mut state.writer);
    }
}

impl<D, T: Item> StreamProducer<D> for ReadEnd<T> {
    type Item = T;
    type Buffer = VecBuffer<T>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, T, VecBuffer<T>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut state = self.shared.state();
        if state.chunks.is_empty() {
            return match &state.ended {
                Some(Ok(())) => Poll::Ready(Ok(StreamResult::Dropped)),
                Some(Err((guest, why))) => Poll::Ready(Err(wasmtime::format_err!(
                    "a stream broke off: the guest `{guest}` {why}"
                ))),
                None if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
                None => {
                    state.reader = Some(cx.waker().clone());
                    Poll::Pending
                }
            };
        }

        // A read of nothing asks whether there is something.
        if destination.remaining(&mut store) != Some(0)
            && let Some((chunk, _charge)) = state.chunks.pop_front()
        {
            destination.set_buffer(VecBuffer::from(chunk));
            wake(&mut state.writer);
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}
