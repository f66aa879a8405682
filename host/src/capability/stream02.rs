//! `forebay:stream` with the streams of WASI 0.2: connections, listeners, and opening by URL under
//! the guest's grants.

use std::future::poll_fn;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, Pollable, subscribe};

use crate::capability::Guarded;
use crate::capability::import::Import;
pub(super) use crate::capability::import::types_only as errors;
use crate::capability::streams::{self, Error, drop_connection};
use crate::stream::{Connection, Failure, Kind, Listener, eager, wasi02};

/// A listener, and the connection that was accepted to find out whether there is one.
pub(super) struct Accepting {
    listener: Listener,
    ready: Option<Result<Connection, Failure>>,
}

#[async_trait::async_trait]
impl Pollable for Accepting {
    async fn ready(&mut self) {
        if self.ready.is_none() {
            self.ready = Some(poll_fn(|cx| self.listener.poll_accept(cx)).await);
        }
    }
}

impl Accepting {
    async fn accept(&mut self) -> Result<Connection, Failure> {
        self.ready().await;
        self.ready.take().unwrap_or_else(|| Err(Failure::new(Kind::Closed, "it is closed")))
    }
}

pub(super) fn connection<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    let mut interface = linker.instance(import.name)?;
    interface.resource("connection", ResourceType::host::<Connection>(), drop_connection)?;
    interface.func_wrap(
        "[method]connection.input",
        |mut store: StoreContextMut<'_, T>, (connection,): (Resource<Connection>,)| {
            let table = store.data_mut().ctx().table;
            let taken = table.get_mut(&connection)?.take_input();
            Ok((match taken {
                Some(source) => Ok(table.push(wasi02::input(source))?),
                None => Err(Error::Closed),
            },))
        },
    )?;
    interface.func_wrap(
        "[method]connection.output",
        |mut store: StoreContextMut<'_, T>, (connection,): (Resource<Connection>,)| {
            let lingering = store.data().opener(0).lingering().clone();
            let table = store.data_mut().ctx().table;
            let taken = table.get_mut(&connection)?.take_output();
            Ok((match taken {
                Some(sink) => Ok(table.push(eager::output(sink, &lingering))?),
                None => Err(Error::Closed),
            },))
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
    interface.func_wrap_async(
        "[method]connection.finish",
        |mut store: StoreContextMut<'_, T>, (connection,): (Resource<Connection>,)| {
            Box::new(async move {
                let sink = store.data_mut().ctx().table.get(&connection)?.sink().clone();
                let finished = poll_fn(|cx| sink.poll_finish(cx)).await;
                Ok((finished.map_err(|error| Error::from(Failure::from(error))),))
            })
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
    interface.func_wrap_async(
        "[method]listener.accept",
        |mut store: StoreContextMut<'_, T>, (listener,): (Resource<Accepting>,)| {
            Box::new(async move {
                let table = store.data_mut().ctx().table;
                Ok((match table.get_mut(&listener)?.accept().await {
                    Ok(connection) => Ok(table.push(connection)?),
                    Err(failure) => Err(Error::from(failure)),
                },))
            })
        },
    )?;
    interface.func_wrap(
        "[method]listener.subscribe",
        |mut store: StoreContextMut<'_, T>, (listener,): (Resource<Accepting>,)| {
            let pollable: Resource<DynPollable> =
                subscribe(store.data_mut().ctx().table, listener)?;
            Ok((pollable,))
        },
    )?;
    interface.func_wrap(
        "[method]listener.local-address",
        |mut store, (listener,): (Resource<Accepting>,)| {
            Ok((store.data_mut().ctx().table.get(&listener)?.listener.local(),))
        },
    )?;
    Ok(())
}

/// The functions that open, under the name by which `guest` imports them.
pub(super) fn open<T: Guarded>(linker: &mut Linker<T>, import: Import<'_>) -> wasmtime::Result<()> {
    let guest = import.guest;
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap_async(
        "source",
        move |mut store: StoreContextMut<'_, T>, (url,): (String,)| {
            let opener = store.data().opener(guest).clone();
            Box::new(async move {
                let opened = streams::source(&opener, &url).await;
                let table = store.data_mut().ctx().table;
                Ok((match opened {
                    Ok(source) => Ok(table.push::<DynInputStream>(wasi02::input(source))?),
                    Err(error) => Err(error),
                },))
            })
        },
    )?;
    interface.func_wrap_async(
        "sink",
        move |mut store: StoreContextMut<'_, T>, (url,): (String,)| {
            let opener = store.data().opener(guest).clone();
            Box::new(async move {
                let opened = streams::sink(&opener, &url).await;
                let table = store.data_mut().ctx().table;
                Ok((match opened {
                    Ok(sink) => Ok(table.push::<DynOutputStream>(
                        wasi02::finished_when_dropped(sink, opener.lingering()),
                    )?),
                    Err(error) => Err(error),
                },))
            })
        },
    )?;
    interface.func_wrap_async(
        "dial",
        move |mut store: StoreContextMut<'_, T>, (url,): (String,)| {
            let opener = store.data().opener(guest).clone();
            Box::new(async move {
                let opened = streams::dial(&opener, &url).await;
                Ok((match opened {
                    Ok(connection) => Ok(store.data_mut().ctx().table.push(connection)?),
                    Err(error) => Err(error),
                },))
            })
        },
    )?;
    interface.func_wrap_async(
        "listen",
        move |mut store: StoreContextMut<'_, T>, (url,): (String,)| {
            let opener = store.data().opener(guest).clone();
            Box::new(async move {
                let opened = streams::listen(&opener, &url).await;
                Ok((match opened {
                    Ok(listener) => Ok(store
                        .data_mut()
                        .ctx()
                        .table
                        .push(Accepting { listener, ready: None })?),
                    Err(error) => Err(error),
                },))
            })
        },
    )?;
    Ok(())
}
