//! The functions of WASI 0.2's descriptors, for programs with file systems of our own: what isn't
//! the host's is answered by [`node`], the rest as before.

use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rustix::io::Errno;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType, WasmList};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime as Instant;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode,
    HostDescriptor, HostDirectoryEntryStream as _, MetadataHashValue, NewTimestamp, OpenFlags,
    PathFlags,
};

use crate::capability::conversions::conversions;
use crate::capability::special::told;
use crate::capability::{Guarded, file, node, special};
use crate::fs::{Kind, Open, Opening, Stat};
use crate::interfaces::Interface;
use crate::stream::wasi02;

conversions!(u64);

/// What a directory lists, read whole when it was asked for.
struct Entries(std::vec::IntoIter<Result<DirectoryEntry, ErrorCode>>);

/// Defines functions of one descriptor: `NAME METHOD(ARGUMENTS) OPEN => ANSWER`, where `OPEN` is
/// the node that stands for it, and otherwise wasmtime's `METHOD` answers.
macro_rules! of_one {
    ($i:ident; $($name:literal $method:ident($($arg:ident: $ty:ty),*) $open:ident => $answer:expr;)*) => {$(
        $i.func_wrap_async(
            concat!("[method]descriptor.", $name),
            |mut store: StoreContextMut<'_, T>, (fd, $($arg,)*): (Resource<Descriptor>, $($ty,)*)| {
                Box::new(async move {
                    if let Some($open) = node::opened(store.data_mut(), &fd) {
                        let answer: io::Result<_> = (|| $answer)();
                        return Ok((answer.map_err(code),));
                    }
                    Ok((told(store.data_mut().filesystem().$method(fd, $($arg),*).await)?,))
                })
            },
        )?;
    )*};
}

/// The same of functions of a path: `ANSWER` is asked of the store's data.
macro_rules! of_path {
    ($i:ident; $($name:literal $method:ident($($arg:ident: $ty:ty),*) $data:ident $fd:ident => $answer:expr;)*) => {$(
        $i.func_wrap_async(
            concat!("[method]descriptor.", $name),
            |mut store: StoreContextMut<'_, T>, ($fd, $($arg,)*): (Resource<Descriptor>, $($ty,)*)| {
                Box::new(async move {
                    let $data = store.data_mut();
                    if let Some(answer) = $answer {
                        return Ok((answer.map_err(code),));
                    }
                    Ok((told(store.data_mut().filesystem().$method($fd, $($arg),*).await)?,))
                })
            },
        )?;
    )*};
}

/// Defines the functions anew.
pub(crate) fn link<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes02.name())?;
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
    i.func_wrap_async(
        "[method]descriptor.is-same-object",
        |mut store: StoreContextMut<'_, T>,
         (one, other): (Resource<Descriptor>, Resource<Descriptor>)| {
            Box::new(async move {
                if let Some(same) = node::same(store.data_mut(), &one, &other) {
                    return Ok((same,));
                }
                Ok((store.data_mut().filesystem().is_same_object(one, other).await?,))
            })
        },
    )?;

    contents(linker)?;
    streams(linker)?;
    listings(linker)?;

    let mut i = linker.instance(Interface::FilesystemTypes02.name())?;
    i.resource_async("descriptor", ResourceType::host::<Descriptor>(), |mut store, number| {
        Box::new(async move {
            node::close(store.data_mut(), number).await;
            HostDescriptor::drop(&mut store.data_mut().filesystem(), Resource::new_own(number))
        })
    })
}

/// What reads and writes.
fn contents<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes02.name())?;
    type Read = (Resource<Descriptor>, u64, u64);
    i.func_wrap_async(
        "[method]descriptor.read",
        |mut store: StoreContextMut<'_, T>, (fd, len, offset): Read| {
            Box::new(async move {
                Ok((match node::opened(store.data_mut(), &fd) {
                    Some(open) => {
                        let answer = node::read(open, len, offset).await;
                        file::Reading::Answer(noted(store.data(), answer))
                    }
                    None => file::read_file(store.data_mut(), &fd, len, offset)?,
                },))
            })
        },
    )?;
    type Write = (Resource<Descriptor>, WasmList<u8>, u64);
    i.func_wrap_async(
        "[method]descriptor.write",
        |mut store: StoreContextMut<'_, T>, (fd, bytes, offset): Write| {
            Box::new(async move {
                let Some(open) = node::opened(store.data_mut(), &fd) else {
                    return Ok((file::write_file(&mut store, &fd, &bytes, offset)?,));
                };
                let Some(shared) = open.stream().cloned() else {
                    let written = open.write_at(bytes.as_le_slice(&store), Some(offset));
                    return Ok((written.map(|count| count as u64).map_err(code),));
                };
                let bytes = Bytes::copy_from_slice(bytes.as_le_slice(&store));
                let answer = node::write(shared, &bytes).await;
                Ok((noted(store.data(), answer),))
            })
        },
    )
}

/// What gives streams.
fn streams<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes02.name())?;
    i.func_wrap(
        "[method]descriptor.read-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, offset): (Resource<Descriptor>, u64)| {
            let Some(open) = node::opened(store.data_mut(), &fd) else {
                return Ok((told(special::input(store.data_mut(), fd, offset))?,));
            };
            Ok((match open.source(offset) {
                Ok(source) => Ok(store.data_mut().ctx().table.push(wasi02::input(source))?),
                Err(error) => Err(code(error)),
            },))
        },
    )?;
    i.func_wrap(
        "[method]descriptor.write-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, offset): (Resource<Descriptor>, u64)| {
            let Some(open) = node::opened(store.data_mut(), &fd) else {
                return Ok((told(special::output(store.data_mut(), fd, Some(offset)))?,));
            };
            Ok((match open.sink(Some(offset)) {
                Ok(sink) => Ok(store.data_mut().ctx().table.push(wasi02::output(sink))?),
                Err(error) => Err(code(error)),
            },))
        },
    )?;
    i.func_wrap(
        "[method]descriptor.append-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd,): (Resource<Descriptor>,)| {
            let Some(open) = node::opened(store.data_mut(), &fd) else {
                return Ok((told(special::output(store.data_mut(), fd, None))?,));
            };
            Ok((match open.sink(None) {
                Ok(sink) => Ok(store.data_mut().ctx().table.push(wasi02::output(sink))?),
                Err(error) => Err(code(error)),
            },))
        },
    )
}

/// What lists directories. wasmtime-wasi's listing can't be made by others, so this is one of our
/// own, and the host's is poured into it.
fn listings<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes02.name())?;
    i.resource(
        "directory-entry-stream",
        ResourceType::host::<Entries>(),
        |mut store: StoreContextMut<'_, T>, number| {
            store.data_mut().ctx().table.delete(Resource::<Entries>::new_own(number))?;
            Ok(())
        },
    )?;
    i.func_wrap_async(
        "[method]descriptor.read-directory",
        |mut store: StoreContextMut<'_, T>, (fd,): (Resource<Descriptor>,)| {
            Box::new(async move {
                let listed = match node::opened(store.data_mut(), &fd) {
                    Some(open) => open.entries().map(own).map_err(code),
                    None => hosts(store.data_mut(), fd).await?,
                };
                Ok((match listed {
                    Ok(entries) => {
                        let entries = Entries(entries.into_iter());
                        Ok(store.data_mut().ctx().table.push(entries)?)
                    }
                    Err(code) => Err(code),
                },))
            })
        },
    )?;
    i.func_wrap(
        "[method]directory-entry-stream.read-directory-entry",
        |mut store: StoreContextMut<'_, T>, (stream,): (Resource<Entries>,)| {
            let entries = store.data_mut().ctx().table.get_mut(&stream)?;
            Ok((entries.0.next().transpose(),))
        },
    )
}

type Listed = Vec<Result<DirectoryEntry, ErrorCode>>;

fn own(entries: Vec<(String, Kind)>) -> Listed {
    entries.into_iter().map(|(name, of)| Ok(DirectoryEntry { type_: kind(of), name })).collect()
}

/// What a directory of the host's lists.
async fn hosts<T: Guarded>(
    data: &mut T,
    fd: Resource<Descriptor>,
) -> wasmtime::Result<Result<Listed, ErrorCode>> {
    let stream = match told(data.filesystem().read_directory(fd).await)? {
        Ok(stream) => stream,
        Err(code) => return Ok(Err(code)),
    };
    let mut entries = Vec::new();
    loop {
        let next = Resource::new_borrow(stream.rep());
        match told(data.filesystem().read_directory_entry(next).await)?.transpose() {
            Some(entry) => entries.push(entry),
            None => break,
        }
    }
    data.ctx().table.delete(stream)?;
    Ok(Ok(entries))
}

fn hash(id: (u64, u64)) -> MetadataHashValue {
    let (lower, upper) = node::hash(id);
    MetadataHashValue { lower, upper }
}

/// An answer for the guest; what went wrong behind the file is for the user, too.
fn noted<T: Guarded, R>(data: &T, result: io::Result<R>) -> Result<R, ErrorCode> {
    result.map_err(|error| {
        node::tell(data, &error);
        code(error)
    })
}
