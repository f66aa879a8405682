//! `forebay:stream` with streams of the component model: the same as `stream02`, for guests of WASI
//! 0.3.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use wasmtime::component::{
    Accessor, Destination, FutureReader, Linker, Resource, ResourceType, StreamProducer,
    StreamReader, StreamResult,
};
use wasmtime::{AsContextMut as _, StoreContextMut};

use crate::capability::Guarded;
use crate::capability::import::Import;
use crate::capability::streams::{self, Error, drop_connection};
use crate::stream::{Connection, Failure, Listener, Sink, Source, wasi03};

/// A listener of which the stream of connections can be taken once.
struct Accepting {
    listener: Option<Listener>,
    local: String,
}

type Outcome = FutureReader<Result<(), Error>>;

/// How a stream will have ended, as a future of the guest's.
async fn outcome(ended: wasi03::Ended) -> wasmtime::Result<Result<(), Error>> {
    Ok(match ended.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Failure::from(error).into()),
        // The stream was dropped before its end.
        Err(_) => Err(Error::Closed),
    })
}

/// A source as what a guest reads, and how that ends.
fn reading<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    source: Source,
) -> wasmtime::Result<(StreamReader<u8>, Outcome)> {
    let (producer, ended) = wasi03::Producer::new(source);
    Ok((StreamReader::new(&mut store, producer)?, FutureReader::new(&mut store, outcome(ended))?))
}

/// Takes all of `data` into a sink and finishes it.
async fn written(ended: wasi03::Ended, sink: Sink) -> wasmtime::Result<Result<(), Error>> {
    Ok(match outcome(ended).await? {
        Ok(()) => {
            poll_fn(|cx| sink.poll_finish(cx)).await.map_err(|error| Failure::from(error).into())
        }
        Err(error) => Err(error),
    })
}

pub(super) fn connection<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    let mut interface = linker.instance(import.name)?;
    interface.resource("connection", ResourceType::host::<Connection>(), drop_connection)?;
    interface.func_wrap(
        "[method]connection.receive",
        |mut store: StoreContextMut<'_, T>, (connection,): (Resource<Connection>,)| {
            let taken = store.data_mut().ctx().table.get_mut(&connection)?.take_input();
            let both = match taken {
                Some(source) => reading(store, source)?,
                None => {
                    let nothing = StreamReader::new(&mut store, Vec::<u8>::new())?;
                    let why = async { wasmtime::error::Ok(Err(Error::Closed)) };
                    (nothing, FutureReader::new(&mut store, why)?)
                }
            };
            Ok((both,))
        },
    )?;
    interface.func_wrap(
        "[method]connection.send",
        |mut store: StoreContextMut<'_, T>,
         (connection, data): (Resource<Connection>, StreamReader<u8>)| {
            let taken = store.data_mut().ctx().table.get_mut(&connection)?.take_output();
            let told = match taken {
                Some(sink) => {
                    let (consumer, ended) = wasi03::Consumer::new(sink.clone());
                    data.pipe(&mut store, consumer)?;
                    FutureReader::new(&mut store, written(ended, sink))?
                }
                None => {
                    let mut data = data;
                    data.close(&mut store)?;
                    FutureReader::new(&mut store, async {
                        wasmtime::error::Ok(Err(Error::Closed))
                    })?
                }
            };
            Ok((told,))
        },
    )?;
    interface.func_wrap(
        "[method]connection.peer-address",
        |mut store, (connection,): (Resource<Connection>,)| {
            Ok((store.data_mut().ctx().table.get(&connection)?.peer().to_owned(),))
        },
    )?;
    interface.func_wrap(
        "[method]connection.local-address",
        |mut store, (connection,): (Resource<Connection>,)| {
            Ok((store.data_mut().ctx().table.get(&connection)?.local().to_owned(),))
        },
    )?;
    interface.func_wrap(
        "[method]connection.abort",
        |mut store, (connection, _why): (Resource<Connection>, String)| {
            store.data_mut().ctx().table.get_mut(&connection)?.abort();
            Ok(())
        },
    )?;
    Ok(())
}

/// Feeds a `stream<connection>`. A connection that can't be accepted ends it.
struct Connections(Listener);

impl<T: Guarded> StreamProducer<T> for Connections {
    type Item = Resource<Connection>;
    type Buffer = Option<Resource<Connection>>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, T>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(&mut store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        match self.0.poll_accept(cx) {
            Poll::Ready(Ok(connection)) => {
                let connection = store.data_mut().ctx().table.push(connection)?;
                destination.set_buffer(Some(connection));
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Ready(Err(_)) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

pub(super) fn listener<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    let mut interface = linker.instance(import.name)?;
    interface.resource(
        "listener",
        ResourceType::host::<Accepting>(),
        |mut store: StoreContextMut<'_, T>, rep| {
            store.data_mut().ctx().table.delete(Resource::<Accepting>::new_own(rep))?;
            Ok(())
        },
    )?;
    interface.func_wrap(
        "[method]listener.accept",
        |mut store: StoreContextMut<'_, T>, (listener,): (Resource<Accepting>,)| {
            let taken = store.data_mut().ctx().table.get_mut(&listener)?.listener.take();
            Ok((match taken {
                Some(listener) => StreamReader::new(&mut store, Connections(listener))?,
                None => StreamReader::new(&mut store, Vec::<Resource<Connection>>::new())?,
            },))
        },
    )?;
    interface.func_wrap(
        "[method]listener.local-address",
        |mut store, (listener,): (Resource<Accepting>,)| {
            Ok((store.data_mut().ctx().table.get(&listener)?.local.clone(),))
        },
    )?;
    Ok(())
}

/// The functions that open, under the name by which `guest` imports them.
pub(super) fn open<T: Guarded>(linker: &mut Linker<T>, import: Import<'_>) -> wasmtime::Result<()> {
    let guest = import.guest;
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap_concurrent(
        "source",
        move |accessor: &Accessor<T>, (url,): (String,)| {
            Box::pin(async move {
                let opener = accessor.with(|mut access| access.data_mut().opener(guest).clone());
                let opened = streams::source(&opener, &url).await;
                Ok((match opened {
                    Ok(source) => {
                        Ok(accessor.with(|mut access| reading(access.as_context_mut(), source))?)
                    }
                    Err(error) => Err(error),
                },))
            })
        },
    )?;
    interface.func_wrap_concurrent(
        "sink",
        move |accessor: &Accessor<T>, (url, data): (String, StreamReader<u8>)| {
            Box::pin(async move {
                let opener = accessor.with(|mut access| access.data_mut().opener(guest).clone());
                let opened = streams::sink(&opener, &url).await;
                let mut data = data;
                let sink = match opened {
                    Ok(sink) => sink,
                    Err(error) => {
                        data.close_with(accessor)?;
                        return Ok((Err(error),));
                    }
                };
                let (consumer, ended) = wasi03::Consumer::new(sink.clone());
                accessor.with(|access| data.pipe(access, consumer))?;
                Ok((written(ended, sink).await?,))
            })
        },
    )?;
    interface.func_wrap_concurrent("dial", move |accessor: &Accessor<T>, (url,): (String,)| {
        Box::pin(async move {
            let opener = accessor.with(|mut access| access.data_mut().opener(guest).clone());
            let opened = streams::dial(&opener, &url).await;
            Ok((match opened {
                Ok(connection) => {
                    Ok(accessor
                        .with(|mut access| access.data_mut().ctx().table.push(connection))?)
                }
                Err(error) => Err(error),
            },))
        })
    })?;
    interface.func_wrap_concurrent(
        "listen",
        move |accessor: &Accessor<T>, (url,): (String,)| {
            Box::pin(async move {
                let opener = accessor.with(|mut access| access.data_mut().opener(guest).clone());
                let opened = streams::listen(&opener, &url).await;
                let accepting = |listener: Listener| Accepting {
                    local: listener.local(),
                    listener: Some(listener),
                };
                Ok((match opened.map(accepting) {
                    Ok(listener) => {
                        Ok(accessor
                            .with(|mut access| access.data_mut().ctx().table.push(listener))?)
                    }
                    Err(error) => Err(error),
                },))
            })
        },
    )?;
    Ok(())
}
