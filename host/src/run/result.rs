//! What a typed call returned, on its way out: values as text, streams as they come, errors to
//! standard error.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;
use wasmtime::component::{FutureAny, Resource, ResourceAny, StreamAny, Type, Val};
use wasmtime::{AsContextMut as _, Store, StoreContextMut};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::p2::{DynInputStream, StreamError};

use crate::canonical::Returned;
use crate::error::{Class, Error, Result};
use crate::run::values::{Lines, Value, awaited, poll_end};
use crate::state::State;
use crate::stream::stdio::Output;
use crate::stream::{Sink, Writer, wasi03};
use crate::typed::{Format, Handle, holds_handle, render};

/// How long a guest with nothing left to do may leave its streams open.
const GRACE: Duration = Duration::from_millis(100);
/// How much is read from a guest's `input-stream` at once, in bytes.
const READ: usize = 64 << 10;

/// How many bytes become text at once.
const PIECE: usize = 16 << 10;

/// Runs `$body` with the static type that a payload type has, if it's one that the host can take.
macro_rules! with_type {
    ($ty:expr, $T:ident => $body:expr, $($pattern:pat => $own:ty),* ; else $other:expr) => {
        match $ty {
            $($pattern => { type $T = $own; $body })*
            _ => $other,
        }
    };
}

/// One part of a result that is still to come.
enum Pending {
    /// A stream that goes into the sink; how it ended.
    Stream(oneshot::Receiver<io::Result<()>>),
    /// A value; it's written when it's there.
    Future(Pin<Box<dyn Future<Output = Option<Val>> + Send>>, Type),
}

/// Where results go.
pub(super) struct ResultWriter<'a> {
    pub sink: Sink,
    pub format: Format,
    pub stderr: &'a Output,
    /// Where values go when the sink is taken by a stream argument.
    pub aside: bool,
    pending: Vec<Pending>,
    inputs: Vec<ResourceAny>,
    code: u8,
}

/// Why a result couldn't be brought out.
pub(super) enum ResultError {
    /// The guest left something open.
    Unfinished,
    /// The engine's.
    Engine(wasmtime::Error),
    /// Ours.
    Host(Error),
}

impl From<wasmtime::Error> for ResultError {
    fn from(error: wasmtime::Error) -> Self {
        ResultError::Engine(error)
    }
}

impl From<Error> for ResultError {
    fn from(error: Error) -> Self {
        ResultError::Host(error)
    }
}

impl<'a> ResultWriter<'a> {
    pub(super) fn new(sink: Sink, format: Format, stderr: &'a Output, aside: bool) -> Self {
        ResultWriter {
            sink,
            format,
            stderr,
            aside,
            pending: Vec::new(),
            inputs: Vec::new(),
            code: 0,
        }
    }

    /// Brings a result out, to the end of every stream in it. Gives the exit code: 1 if it's an
    /// error of the guest.
    pub(super) async fn write(
        mut self,
        store: &mut Store<State>,
        ty: &Type,
        returned: Returned,
    ) -> Result<u8, ResultError> {
        match returned {
            Returned::Nothing => {}
            Returned::Bytes(bytes) => self.take_bytes(&bytes).await?,
            Returned::Value(value) => self.take(store.as_context_mut(), ty, value).await?,
        }
        for input in std::mem::take(&mut self.inputs) {
            self.pump(store, input).await?;
        }
        while !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            let values = wait(store, pending, &self.sink).await?;
            for (value, ty) in values {
                self.take(store.as_context_mut(), &ty, value).await?;
            }
        }
        Ok(self.code)
    }

    /// Sorts a value's parts: text is written at once, what is still to come is begun.
    fn take<'b>(
        &'b mut self,
        mut store: StoreContextMut<'b, State>,
        ty: &'b Type,
        value: Val,
    ) -> Pin<Box<dyn Future<Output = Result<(), ResultError>> + Send + 'b>> {
        Box::pin(async move {
            match (ty, value) {
                (Type::Result(result), Val::Result(Ok(inner))) => {
                    if let (Some(ty), Some(inner)) = (result.ok(), inner) {
                        self.take(store, &ty, *inner).await?;
                    }
                }
                (Type::Result(result), Val::Result(Err(inner))) => {
                    self.code = 1;
                    if let (Some(ty), Some(inner)) = (result.err(), inner) {
                        complain(self.stderr, &render(*inner, &ty, self.format)?).await?;
                    }
                }
                (Type::Stream(stream), Val::Stream(any)) => {
                    self.take_stream(store, stream.ty(), any)?
                }
                (Type::Future(future), Val::Future(any)) => {
                    self.take_future(store, future.ty(), any)?
                }
                (Type::Own(_), Val::Resource(any)) if Handle::of(ty) == Some(Handle::Input) => {
                    self.inputs.push(any)
                }
                (Type::Tuple(tuple), Val::Tuple(items)) if holds_handle(ty) => {
                    for (ty, item) in tuple.types().zip(items) {
                        self.take(store.as_context_mut(), &ty, item).await?;
                    }
                }
                (Type::Record(record), Val::Record(fields)) if holds_handle(ty) => {
                    let types: Vec<Type> = record.fields().map(|field| field.ty).collect();
                    for (ty, (_, value)) in types.iter().zip(fields) {
                        self.take(store.as_context_mut(), ty, value).await?;
                    }
                }
                (Type::Option(option), Val::Option(inner)) if holds_handle(ty) => {
                    if let Some(inner) = inner {
                        self.take(store, &option.ty(), *inner).await?;
                    }
                }
                (Type::List(list), Val::List(items)) if holds_handle(ty) => {
                    for item in items {
                        self.take(store.as_context_mut(), &list.ty(), item).await?;
                    }
                }
                // `()`: there is nothing to show.
                (_, Val::Tuple(items)) if items.is_empty() => {}
                (ty, value) => {
                    let text = render(value, ty, self.format)?;
                    self.say(&text).await?
                }
            }
            Ok(())
        })
    }

    /// Bytes, in pieces: as text they are several times as long.
    async fn take_bytes(&mut self, bytes: &[u8]) -> Result<(), ResultError> {
        if self.format == Format::Plain {
            return self.say(bytes).await;
        }

        self.say(b"[").await?;
        let mut separator = "";
        for piece in bytes.chunks(PIECE) {
            let mut text = String::with_capacity(5 * piece.len());
            for byte in piece {
                let written = write!(text, "{separator}{byte}");
                written.expect("a string takes all");
                separator = if self.format == Format::Json { "," } else { ", " };
            }
            self.say(text.as_bytes()).await?;
        }
        self.say(b"]\n").await
    }

    /// Writes a part of the result to where results go.
    async fn say(&mut self, text: &[u8]) -> Result<(), ResultError> {
        match self.aside {
            true => complain(self.stderr, text).await,
            false => Ok(self.sink.write_all(text).await?),
        }
    }

    fn take_stream(
        &mut self,
        mut store: StoreContextMut<'_, State>,
        ty: Option<Type>,
        any: StreamAny,
    ) -> Result<(), ResultError> {
        if ty == Some(Type::U8) {
            let (consumer, ended) = wasi03::Consumer::new(self.sink.clone());
            any.try_into_stream_reader::<u8>()?.pipe(&mut store, consumer)?;
            self.pending.push(Pending::Stream(ended));
            return Ok(());
        }
        let (sender, ended) = oneshot::channel();
        let (sink, format) = (self.sink.clone(), self.format);
        with_type!(&ty, T => {
            let element = ty.clone().expect("it has a payload");
            let show = move |value: T| render(value.value(), &element, format).map_err(io::Error::other);
            let lines = Lines::<T> { sink, show: Box::new(show), ended: Some(sender) };
            any.try_into_stream_reader::<T>()?.pipe(&mut store, lines)?;
        },
            Some(Type::Bool) => bool, Some(Type::S8) => i8, Some(Type::S16) => i16, Some(Type::U16) => u16,
            Some(Type::S32) => i32, Some(Type::U32) => u32, Some(Type::S64) => i64, Some(Type::U64) => u64,
            Some(Type::Float32) => f32, Some(Type::Float64) => f64, Some(Type::Char) => char,
            Some(Type::String) => String;
            else return Err(unshowable("stream").into()));
        self.pending.push(Pending::Stream(ended));
        Ok(())
    }

    fn take_future(
        &mut self,
        mut store: StoreContextMut<'_, State>,
        ty: Option<Type>,
        any: FutureAny,
    ) -> Result<(), ResultError> {
        let Some(ty) = ty else {
            let value = awaited::<(), _>(store.as_context_mut(), any.try_into_future_reader()?)?;
            let unit = Box::pin(async move { value.await.ok().map(Value::value) });
            self.pending.push(Pending::Future(unit, Type::Bool));
            return Ok(());
        };
        let result = |ok: &Option<Type>, err: &Option<Type>| match &ty {
            Type::Result(result) => result.ok() == *ok && result.err() == *err,
            _ => false,
        };
        let text = Some(Type::String);
        let value: Pin<Box<dyn Future<Output = Option<Val>> + Send>> = if result(&None, &text) {
            let value = awaited::<Result<(), String>, _>(store, any.try_into_future_reader()?)?;
            Box::pin(async move { value.await.ok().map(Value::value) })
        } else if result(&text, &text) {
            let value = awaited::<Result<String, String>, _>(store, any.try_into_future_reader()?)?;
            Box::pin(async move { value.await.ok().map(Value::value) })
        } else if result(&None, &None) {
            let value = awaited::<Result<(), ()>, _>(store, any.try_into_future_reader()?)?;
            Box::pin(async move { value.await.ok().map(Value::value) })
        } else {
            with_type!(&ty, T => {
                let value = awaited::<T, _>(store, any.try_into_future_reader()?)?;
                Box::pin(async move { value.await.ok().map(Value::value) })
            },
                Type::Bool => bool, Type::S8 => i8, Type::U8 => u8, Type::S16 => i16, Type::U16 => u16,
                Type::S32 => i32, Type::U32 => u32, Type::S64 => i64, Type::U64 => u64, Type::Float32 => f32,
                Type::Float64 => f64, Type::Char => char, Type::String => String;
                else return Err(unshowable("future").into()))
        };
        self.pending.push(Pending::Future(value, ty));
        Ok(())
    }

    /// Brings out an `input-stream` that the guest returned.
    async fn pump(
        &mut self,
        store: &mut Store<State>,
        any: ResourceAny,
    ) -> Result<(), ResultError> {
        let resource: Resource<DynInputStream> = any.try_into_resource(&mut *store)?;
        let mut input =
            store.data_mut().ctx().table.delete(resource).map_err(wasmtime::Error::from)?;
        loop {
            match input.blocking_read(READ).await {
                Ok(bytes) => self.sink.write_all(&bytes).await?,
                Err(StreamError::Closed) => return Ok(()),
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(Error::new(
                        Class::Host,
                        "the stream that the program returned broke off",
                    )
                    .cause(error)
                    .into());
                }
                Err(StreamError::Trap(error)) => return Err(error.into()),
            }
        }
    }
}

/// To standard error.
async fn complain(stderr: &Output, text: &[u8]) -> Result<(), ResultError> {
    if let Some(writer) = Writer::stderr(stderr) {
        writer.write_all_text(text).await.map_err(|error| {
            Error::new(Class::Host, "cannot write to standard error").cause(error)
        })?;
    }
    Ok(())
}

fn unshowable(what: &str) -> Error {
    Error::new(Class::Program, format!("the {what} that the function returns can't be shown"))
        .cause("its values are of a type that isn't text, a number, a bool or a byte")
        .hint("call the function from another component")
}

/// Waits until everything that is to come has come; gives the values among it. Streams run only
/// meanwhile.
async fn wait(
    store: &mut Store<State>,
    mut pending: Vec<Pending>,
    sink: &Sink,
) -> Result<Vec<(Val, Type)>, ResultError> {
    let waited = store.run_concurrent(async |accessor| {
        let mut values = Vec::new();
        let mut idle: Option<Pin<Box<tokio::time::Sleep>>> = None;
        poll_fn(|cx| {
            let mut result = Ok(());
            pending.retain_mut(|part| match part {
                // The sink has noted why it ended, and finishing it will say so.
                Pending::Stream(ended) => poll_end(ended, cx).is_pending(),
                Pending::Future(future, ty) => match future.as_mut().poll(cx) {
                    Poll::Pending => true,
                    Poll::Ready(Some(value)) => {
                        values.push((value, ty.clone()));
                        false
                    }
                    Poll::Ready(None) => {
                        result = Err(ResultError::Unfinished);
                        false
                    }
                },
            });
            if result.is_err() || pending.is_empty() {
                return Poll::Ready(result);
            }
            // Nobody is left in the guest who could go on, and it isn't the sink that is slow.
            if accessor.poll_no_interesting_tasks(cx).is_ready() && !sink.is_waiting() {
                let sleep = idle.get_or_insert_with(|| Box::pin(tokio::time::sleep(GRACE)));
                if sleep.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(ResultError::Unfinished));
                }
            } else {
                idle = None;
            }
            Poll::Pending
        })
        .await
        .map(|()| values)
    });
    waited.await?
}
