//! Opens what a call's arguments name, and makes values of it for the guest.

use std::io::ErrorKind;

use rustix::fs::OFlags;
use wasmtime::Store;
use wasmtime::component::{Resource, ResourceAny, StreamReader, Val};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::filesystem::{self, Descriptor, FsPerms, OpenMode};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use crate::canonical::Value;
use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::run::size::{named, taken};
use crate::state::State;
use crate::stream::{
    Authority, Connection, Failure, Kind, Location, Opener, Sink, Source, open_path, wasi02, wasi03,
};
use crate::typed::{Argument, Destination, Handle, Parameter};

/// The most bytes that a `list<u8>` argument may have.
const BYTES: usize = 64 << 20;

/// What one call holds open.
pub(super) struct Arguments<'a> {
    opener: &'a Opener,
    destination: &'a Destination,
    /// What is to be finished when the guest ended well.
    pub sinks: Vec<Sink>,
    /// Handles that were lent, taken back after the call.
    pub lent: Vec<Lent>,
    /// Whether an argument took the destination.
    pub took_destination: bool,
}

/// A handle that was lent to the guest.
pub(super) struct Lent {
    any: ResourceAny,
    handle: Handle,
    rep: u32,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(opener: &'a Opener, destination: &'a Destination) -> Self {
        Arguments {
            opener,
            destination,
            sinks: Vec::new(),
            lent: Vec::new(),
            took_destination: false,
        }
    }

    /// The value of one parameter; `None` stands for the destination.
    ///
    /// # Errors
    /// When something that it names can't be opened: the location, the parameter, and why.
    pub(super) async fn open(
        &mut self,
        store: &mut Store<State>,
        parameter: &Parameter,
        argument: &Option<Argument>,
    ) -> Result<Value> {
        let opened = match argument {
            Some(argument) => self.value(store, argument).await,
            None => {
                self.took_destination = true;
                let sink = self.output().await?;
                self.push_output(store, sink, false).map(Value::Leaf)
            }
        };
        opened.map_err(|error| error.cause(format!("it is for the parameter `{}`", parameter.name)))
    }

    /// The destination, opened.
    ///
    /// # Errors
    /// When it can't be.
    pub(super) async fn output(&self) -> Result<Sink> {
        let Destination { location, append, .. } = self.destination;
        match location {
            None => Ok(self.opener.output()),
            Some(location) => {
                let sink = self.opener.sink(location, *append, Authority::User).await;
                sink.map_err(|failure| failure.into_error("write", location))
            }
        }
    }

    fn value<'b>(
        &'b mut self,
        store: &'b mut Store<State>,
        argument: &'b Argument,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Value>> + Send + 'b>> {
        Box::pin(async move {
            Ok(match argument {
                Argument::Value(value) => {
                    self.opener.give(taken(value));
                    value.clone().into()
                }
                Argument::Open { handle, location, read_only, borrowed } => {
                    Value::Leaf(self.handle(store, *handle, location, *read_only, *borrowed).await?)
                }
                Argument::Bytes(location) => {
                    let source = self.opener.source(location, Authority::User).await;
                    let source = source.map_err(|failure| failure.into_error("read", location))?;
                    Value::Bytes(self.bytes(source).await?)
                }
                Argument::List(items) => Value::List(self.values(store, items).await?),
                Argument::Tuple(items) => Value::Tuple(self.values(store, items).await?),
                Argument::Record(fields) => {
                    self.opener
                        .give(fields.iter().map(|(name, _)| named(name) + size_of::<Val>()).sum());
                    let mut values = Vec::with_capacity(fields.len());
                    for (name, field) in fields {
                        values.push((name.clone(), self.value(store, field).await?));
                    }
                    Value::Record(values)
                }
                Argument::Option(inner) => Value::Option(self.payload(store, inner).await?),
                Argument::Variant(name, inner) => {
                    Value::Variant(name.clone(), self.payload(store, inner).await?)
                }
                Argument::Result(Ok(inner)) => {
                    Value::Result(Ok(self.payload(store, inner).await?))
                }
                Argument::Result(Err(inner)) => {
                    Value::Result(Err(self.payload(store, inner).await?))
                }
            })
        })
    }

    /// What a source holds. It's told how much memory that takes before it's taken.
    async fn bytes(&self, source: Source) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let take = |piece: &[u8]| {
            let (room, needed) = (bytes.capacity(), bytes.len() + piece.len());
            if needed > room {
                let roomy = needed.max(room * 2).min(BYTES);
                self.opener.give(roomy - room);
                bytes.reserve_exact(roomy - bytes.len());
            }
            bytes.extend_from_slice(piece);
        };
        source.read_to_end(BYTES, take).await?;
        Ok(bytes)
    }

    async fn values(&mut self, store: &mut Store<State>, items: &[Argument]) -> Result<Vec<Value>> {
        self.opener.give(size_of::<Val>() * items.len());
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.value(store, item).await?);
        }
        Ok(values)
    }

    async fn payload(
        &mut self,
        store: &mut Store<State>,
        inner: &Option<Box<Argument>>,
    ) -> Result<Option<Box<Value>>> {
        match inner {
            Some(inner) => {
                self.opener.give(size_of::<Val>());
                Ok(Some(Box::new(self.value(store, inner).await?)))
            }
            None => Ok(None),
        }
    }

    async fn handle(
        &mut self,
        store: &mut Store<State>,
        handle: Handle,
        location: &Location,
        read_only: bool,
        borrowed: bool,
    ) -> Result<Val> {
        let failed =
            |verb: &'static str| move |failure: Failure| failure.into_error(verb, location);
        match handle {
            Handle::Input => {
                let source =
                    self.opener.source(location, Authority::User).await.map_err(failed("read"))?;
                self.push::<DynInputStream>(store, wasi02::input(source), handle, borrowed)
            }
            Handle::Output => {
                let append = self.destination.append;
                let sink = self
                    .opener
                    .sink(location, append, Authority::User)
                    .await
                    .map_err(failed("write"))?;
                self.push_output(store, sink, borrowed)
            }
            Handle::Bytes => {
                let source =
                    self.opener.source(location, Authority::User).await.map_err(failed("read"))?;
                let reader = wasi03::input(wasmtime::AsContextMut::as_context_mut(store), source);
                let any = reader.and_then(|reader| reader.try_into_stream_any(&mut *store));
                any.map(Val::Stream).map_err(full)
            }
            Handle::Lines => {
                let source =
                    self.opener.source(location, Authority::User).await.map_err(failed("read"))?;
                let reader = StreamReader::new(&mut *store, wasi03::Lines::new(source));
                let any = reader.and_then(|reader| reader.try_into_stream_any(&mut *store));
                any.map(Val::Stream).map_err(full)
            }
            Handle::Descriptor => {
                let descriptor = descriptor(location, read_only).await.map_err(failed("open"))?;
                self.push::<Descriptor>(store, descriptor, handle, borrowed)
            }
            Handle::Connection => {
                let connection = self
                    .opener
                    .dial(location, Authority::User)
                    .await
                    .map_err(failed("connect to"))?;
                self.push::<Connection>(store, connection, handle, borrowed)
            }
        }
    }

    fn push_output(&mut self, store: &mut Store<State>, sink: Sink, borrowed: bool) -> Result<Val> {
        self.sinks.push(sink.clone());
        self.push::<DynOutputStream>(store, wasi02::output(sink), Handle::Output, borrowed)
    }

    fn push<T: Send + 'static>(
        &mut self,
        store: &mut Store<State>,
        entry: T,
        handle: Handle,
        borrowed: bool,
    ) -> Result<Val> {
        let resource: Resource<T> =
            store.data_mut().ctx().table.push(entry).map_err(|error| full(error.into()))?;
        let rep = resource.rep();
        let any = resource.try_into_resource_any(&mut *store).map_err(full)?;
        if borrowed {
            self.lent.push(Lent { any, handle, rep });
        }
        Ok(Val::Resource(any))
    }
}

impl Lent {
    /// Takes the handle back after the call.
    pub(super) async fn take_back(self, store: &mut Store<State>) -> wasmtime::Result<()> {
        self.any.resource_drop_async(&mut *store).await?;
        let table = store.data_mut().ctx().table;
        match self.handle {
            Handle::Input => drop(table.delete(Resource::<DynInputStream>::new_own(self.rep))?),
            Handle::Output => drop(table.delete(Resource::<DynOutputStream>::new_own(self.rep))?),
            Handle::Descriptor => drop(table.delete(Resource::<Descriptor>::new_own(self.rep))?),
            Handle::Connection => drop(table.delete(Resource::<Connection>::new_own(self.rep))?),
            // They are no resources, so they can't be lent.
            Handle::Bytes | Handle::Lines => {}
        }
        Ok(())
    }
}

fn full(error: wasmtime::Error) -> Error {
    Error::new(Class::Denied, "the program can't be given one more handle")
        .chain(error.chain())
        .hint(Hint::with("raise its budget with {}", [Setting::Handles]))
}

/// Opens a path as a file or directory of WASI's file system.
async fn descriptor(location: &Location, read_only: bool) -> Result<Descriptor, Failure> {
    let Some(path) = location.as_path() else {
        return Err(Failure::new(Kind::BadUrl, "a descriptor is of a file or a directory"));
    };
    let is_directory = std::fs::metadata(path)?.is_dir();
    let perms = if read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
    let readable = || open_path(path, OFlags::RDONLY);
    if is_directory {
        let mode = OpenMode::READ | if read_only { OpenMode::empty() } else { OpenMode::WRITE };
        let directory = filesystem::Dir::new(readable().await?, perms, mode, true);
        return Ok(Descriptor::Dir(directory));
    }

    if !read_only {
        match open_path(path, OFlags::RDWR).await {
            Ok(file) => {
                let mode = OpenMode::READ | OpenMode::WRITE;
                return Ok(Descriptor::File(filesystem::File::new(file, perms, mode, true)));
            }
            // The system says what may be done with the file; the guest gets no more than that.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
                ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let (perms, mode) = (FsPerms::ReadOnly, OpenMode::READ);
    Ok(Descriptor::File(filesystem::File::new(readable().await?, perms, mode, true)))
}
