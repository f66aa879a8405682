//! The functions of WASI 0.3's descriptors, for programs with file systems of our own: what isn't
//! the host's is answered by [`node`], the rest as before.

use std::io;
use std::time::{Duration, SystemTime};

use rustix::io::Errno;
use wasmtime::component::{
    Access, Accessor, FutureReader, Linker, Resource, ResourceType, StreamReader,
};
use wasmtime::{AsContextMut as _, StoreContextMut};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p3::bindings::clocks::system_clock::Instant;
use wasmtime_wasi::p3::bindings::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode,
    HostDescriptor as _, HostDescriptorWithStore, MetadataHashValue, NewTimestamp, OpenFlags,
    PathFlags,
};
use wasmtime_wasi::p3::filesystem::FilesystemError;

use crate::capability::conversions::conversions;
use crate::capability::{Guarded, node, special};
use crate::fs::{Kind, Open, Opening, Stat};
use crate::interfaces::Interface;
use crate::stream::{Sink, Source, wasi03};

conversions!(i64);

type Outcome = FutureReader<Result<(), ErrorCode>>;

/// Defines functions of one descriptor: `NAME METHOD(ARGUMENTS) OPEN => ANSWER`, where `OPEN` is
/// the node that stands for it, and otherwise wasmtime's `METHOD` answers.
macro_rules! of_one {
    ($i:ident; $($name:literal $method:ident($($arg:ident: $ty:ty),*) $open:ident => $answer:expr;)*) => {$(
        $i.func_wrap_concurrent(
            concat!("[method]descriptor.", $name),
            |store: &Accessor<T>, (fd, $($arg,)*): (Resource<Descriptor>, $($ty,)*)| {
                Box::pin(async move {
                    let opened = store.with(|mut access| node::opened(access.data_mut(), &fd));
                    if let Some($open) = opened {
                        let answer: io::Result<_> = (|| $answer)();
                        return Ok((answer.map_err(code),));
                    }
                    let view = store.with_getter::<WasiFilesystem>(T::filesystem);
                    type Hosts = WasiFilesystem;
                    let answer = <Hosts as HostDescriptorWithStore<T>>::$method(&view, fd, $($arg),*);
                    Ok((told(answer.await)?,))
                })
            },
        )?;
    )*};
}

/// The same of functions of a path: `ANSWER` is asked of the store's data.
macro_rules! of_path {
    ($i:ident; $($name:literal $method:ident($($arg:ident: $ty:ty),*) $data:ident $fd:ident => $answer:expr;)*) => {$(
        $i.func_wrap_concurrent(
            concat!("[method]descriptor.", $name),
            |store: &Accessor<T>, ($fd, $($arg,)*): (Resource<Descriptor>, $($ty,)*)| {
                Box::pin(async move {
                    let answer = store.with(|mut access| {
                        let $data = access.data_mut();
                        $answer
                    });
                    if let Some(answer) = answer {
                        return Ok((answer.map_err(code),));
                    }
                    let view = store.with_getter::<WasiFilesystem>(T::filesystem);
                    type Hosts = WasiFilesystem;
                    let answer = <Hosts as HostDescriptorWithStore<T>>::$method(&view, $fd, $($arg),*);
                    Ok((told(answer.await)?,))
                })
            },
        )?;
    )*};
}

/// Defines the functions anew.
pub(crate) fn link<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes03.name())?;
    of_one! { i;
        "advise" advise(offset: u64, len: u64, advice: Advice) open => node::file_only(&open);
        "sync-data" sync_data() open => open.sync();
        "sync" sync() open => open.sync();
        "get-flags" get_flags() open => Ok(flags(&open));
        "get-type" get_type() open => Ok(kind(open.kind()));
        "set-size" set_size(size: u64) open => open.set_size(size);
        "set-times" set_times(read: NewTimestamp, changed: NewTimestamp)
            open => open.set_times(node::NewTime::time(&read), node::NewTime::time(&changed));
        "stat" stat() open => open.stat().map(stat);
        "metadata-hash" metadata_hash() open => Ok(hash(open.id()));
    }
    of_path! { i;
        "stat-at" stat_at(follow: PathFlags, path: String) data fd =>
            node::at(data, &fd, &follow, &path).map(|node| node?.stat().map(stat));
        "readlink-at" readlink_at(path: String) data fd => node::target(data, &fd, &path);
        "metadata-hash-at" metadata_hash_at(follow: PathFlags, path: String) data fd =>
            node::at(data, &fd, &follow, &path).map(|node| Ok(hash(node?.id())));
    }
    i.func_wrap_concurrent(
        "[method]descriptor.is-same-object",
        |store: &Accessor<T>, (one, other): (Resource<Descriptor>, Resource<Descriptor>)| {
            Box::pin(async move {
                let same = store.with(|mut access| node::same(access.data_mut(), &one, &other));
                if let Some(same) = same {
                    return Ok((same,));
                }
                let view = store.with_getter::<WasiFilesystem>(T::filesystem);
                type Hosts = WasiFilesystem;
                let answer =
                    <Hosts as HostDescriptorWithStore<T>>::is_same_object(&view, one, other);
                Ok((answer.await?,))
            })
        },
    )?;
    i.resource_async("descriptor", ResourceType::host::<Descriptor>(), |mut store, number| {
        Box::new(async move {
            node::close(store.data_mut(), number).await;
            store.data_mut().filesystem().drop(Resource::new_own(number))
        })
    })?;

    streams(linker)
}

/// What gives and takes streams.
fn streams<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes03.name())?;
    i.func_wrap(
        "[method]descriptor.read-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, offset): (Resource<Descriptor>, u64)| {
            Ok((match node::opened(store.data_mut(), &fd) {
                None => special::read(store, fd, offset)?,
                Some(open) => reading(store, open.source(offset))?,
            },))
        },
    )?;
    type Write = (Resource<Descriptor>, StreamReader<u8>, u64);
    i.func_wrap(
        "[method]descriptor.write-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, data, offset): Write| {
            Ok((match node::opened(store.data_mut(), &fd) {
                None => special::write(store, fd, data, Some(offset))?,
                Some(open) => writing(store, open.sink(Some(offset)), data)?,
            },))
        },
    )?;
    type Append = (Resource<Descriptor>, StreamReader<u8>);
    i.func_wrap(
        "[method]descriptor.append-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, data): Append| {
            Ok((match node::opened(store.data_mut(), &fd) {
                None => special::write(store, fd, data, None)?,
                Some(open) => writing(store, open.sink(None), data)?,
            },))
        },
    )?;
    i.func_wrap(
        "[method]descriptor.read-directory",
        |mut store: StoreContextMut<'_, T>, (fd,): (Resource<Descriptor>,)| {
            let Some(open) = node::opened(store.data_mut(), &fd) else {
                return Ok((HostDescriptorWithStore::read_directory(hosts(&mut store), fd)?,));
            };
            let (entries, outcome) = match open.entries() {
                Ok(entries) => (entries, Ok(())),
                Err(error) => (Vec::new(), Err(code(error))),
            };
            let entry = |(name, of)| DirectoryEntry { type_: kind(of), name };
            let entries: Vec<DirectoryEntry> = entries.into_iter().map(entry).collect();
            let reader = StreamReader::new(&mut store, entries)?;
            Ok(((reader, outcome_of(store, outcome)?),))
        },
    )
}

fn hosts<'a, T: Guarded>(store: &'a mut StoreContextMut<'_, T>) -> Access<'a, T, WasiFilesystem> {
    Access::<T, WasiFilesystem>::new(store.as_context_mut(), T::filesystem)
}

fn outcome_of<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    outcome: Result<(), ErrorCode>,
) -> wasmtime::Result<Outcome> {
    FutureReader::new(&mut store, async { wasmtime::error::Ok(outcome) })
}

/// How a stream will have ended, as a future of the guest's. One that is dropped before has ended
/// well.
async fn ended(ended: wasi03::Ended) -> wasmtime::Result<Result<(), ErrorCode>> {
    Ok(ended.await.unwrap_or(Ok(())).map_err(code))
}

fn reading<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    source: io::Result<Source>,
) -> wasmtime::Result<(StreamReader<u8>, Outcome)> {
    match source {
        Ok(source) => {
            let (producer, listener) = wasi03::Producer::new(source);
            let reader = StreamReader::new(&mut store, producer)?;
            Ok((reader, FutureReader::new(&mut store, ended(listener))?))
        }
        Err(error) => {
            let reader = StreamReader::new(&mut store, Vec::<u8>::new())?;
            Ok((reader, outcome_of(store, Err(code(error)))?))
        }
    }
}

fn writing<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    sink: io::Result<Sink>,
    mut data: StreamReader<u8>,
) -> wasmtime::Result<Outcome> {
    match sink {
        Ok(sink) => {
            let (consumer, listener) = wasi03::Consumer::new(sink);
            data.pipe(&mut store, consumer)?;
            FutureReader::new(&mut store, ended(listener))
        }
        Err(error) => {
            data.close(&mut store)?;
            outcome_of(store, Err(code(error)))
        }
    }
}

fn hash(id: (u64, u64)) -> MetadataHashValue {
    let (lower, upper) = node::hash(id);
    MetadataHashValue { lower, upper }
}

/// An answer of wasmtime-wasi's, or a trap.
fn told<R>(result: Result<R, FilesystemError>) -> wasmtime::Result<Result<R, ErrorCode>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}
