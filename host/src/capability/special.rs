//! `read-via-stream` and its like for files without positions: named pipes, terminals, devices.
//!
//! wasmtime-wasi reads and writes at positions, on the guest's thread. These have none, and wait.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{Access, FutureReader, Linker, Resource, StreamReader};
use wasmtime_wasi::filesystem::{
    Descriptor, OpenMode, WasiFilesystem, WasiFilesystemCtxView, WasiFilesystemView as _,
};
use wasmtime_wasi::p2::bindings::filesystem::types as wasi02;
use wasmtime_wasi::p2::bindings::filesystem::types::HostDescriptor as _;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};
use wasmtime_wasi::p3::bindings::filesystem::types as wasi03;
use wasmtime_wasi::p3::bindings::filesystem::types::HostDescriptorWithStore as _;

use crate::capability::Guarded;
use crate::interfaces::Interface;
use crate::stream::{Sink, Source, Special, wasi03 as streams};

/// The open file, if it's opened in this direction and may be used so. Whatever else is wrong with
/// it, wasmtime-wasi says.
fn opened(
    view: &WasiFilesystemCtxView<'_>,
    fd: &Resource<Descriptor>,
    direction: OpenMode,
) -> wasmtime::Result<Option<Arc<std::fs::File>>> {
    Ok(match view.table.get(fd)? {
        Descriptor::File(file) if file.open_mode.contains(direction) => {
            let refused = direction == OpenMode::WRITE && file.perms.write_not_permitted();
            (!refused).then(|| file.file.clone())
        }
        _ => None,
    })
}

/// What a guest of WASI 0.2 reads.
pub(super) fn input<T: Guarded>(
    data: &mut T,
    fd: Resource<Descriptor>,
    offset: u64,
) -> FsResult<Resource<DynInputStream>> {
    let mut view = data.filesystem();
    let file = opened(&view, &fd, OpenMode::READ).map_err(FsError::trap)?;
    match file.as_deref().and_then(Special::of) {
        Some(special) => Ok(view.table.push(special.input())?),
        None => view.read_via_stream(fd, offset),
    }
}

/// What a guest of WASI 0.2 writes: at an offset, or else at the end.
pub(super) fn output<T: Guarded>(
    data: &mut T,
    fd: Resource<Descriptor>,
    offset: Option<u64>,
) -> FsResult<Resource<DynOutputStream>> {
    let lingering = data.opener(0).lingering().clone();
    let mut view = data.filesystem();
    let file = opened(&view, &fd, OpenMode::WRITE).map_err(FsError::trap)?;
    match (file.as_deref().and_then(Special::of), offset) {
        (Some(special), _) => Ok(view.table.push(special.output(&lingering)?)?),
        (None, Some(offset)) => view.write_via_stream(fd, offset),
        (None, None) => view.append_via_stream(fd),
    }
}

/// Defines them anew for WASI 0.2.
pub(super) fn link02<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes02.name())?;
    i.func_wrap(
        "[method]descriptor.read-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, offset): (Resource<Descriptor>, u64)| {
            Ok((told(input(store.data_mut(), fd, offset))?,))
        },
    )?;
    i.func_wrap(
        "[method]descriptor.write-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, offset): (Resource<Descriptor>, u64)| {
            Ok((told(output(store.data_mut(), fd, Some(offset)))?,))
        },
    )?;
    i.func_wrap(
        "[method]descriptor.append-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd,): (Resource<Descriptor>,)| {
            Ok((told(output(store.data_mut(), fd, None))?,))
        },
    )
}

/// An answer of wasmtime-wasi's, or a trap.
pub(super) fn told<R>(result: FsResult<R>) -> wasmtime::Result<Result<R, wasi02::ErrorCode>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

/// How a stream of WASI 0.3 ends.
type Outcome = FutureReader<Result<(), wasi03::ErrorCode>>;

async fn outcome(ended: streams::Ended) -> wasmtime::Result<Result<(), wasi03::ErrorCode>> {
    // A guest that drops its stream has read what it wants.
    Ok(ended.await.unwrap_or(Ok(())).map_err(wasi03::ErrorCode::from))
}

/// Takes all of a guest's stream, to the last byte.
async fn written(
    ended: streams::Ended,
    sink: Sink,
) -> wasmtime::Result<Result<(), wasi03::ErrorCode>> {
    Ok(match outcome(ended).await? {
        Ok(()) => poll_fn(|cx| sink.poll_finish(cx)).await.map_err(wasi03::ErrorCode::from),
        Err(error) => Err(error),
    })
}

/// What a guest of WASI 0.3 reads, if the file has no positions.
fn source<T: Guarded>(
    store: &mut StoreContextMut<'_, T>,
    fd: &Resource<Descriptor>,
) -> wasmtime::Result<Option<io::Result<Source>>> {
    let file = opened(&store.data_mut().filesystem(), fd, OpenMode::READ)?;
    Ok(file.as_deref().and_then(Special::of).map(|special| special.source()))
}

/// What a guest of WASI 0.3 writes, if the file has no positions.
fn sink<T: Guarded>(
    store: &mut StoreContextMut<'_, T>,
    fd: &Resource<Descriptor>,
) -> wasmtime::Result<Option<io::Result<Sink>>> {
    let file = opened(&store.data_mut().filesystem(), fd, OpenMode::WRITE)?;
    Ok(file.as_deref().and_then(Special::of).map(|special| special.sink()))
}

fn take<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    mut data: StreamReader<u8>,
    sink: io::Result<Sink>,
) -> wasmtime::Result<Outcome> {
    match sink {
        Ok(sink) => {
            let (consumer, ended) = streams::Consumer::new(sink.clone());
            data.pipe(&mut store, consumer)?;
            FutureReader::new(&mut store, written(ended, sink))
        }
        Err(error) => {
            data.close(&mut store)?;
            FutureReader::new(&mut store, async { wasmtime::error::Ok(Err(error.into())) })
        }
    }
}

/// What a guest of WASI 0.3 reads, from an offset on.
pub(super) fn read<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    fd: Resource<Descriptor>,
    offset: u64,
) -> wasmtime::Result<(StreamReader<u8>, Outcome)> {
    let Some(source) = source(&mut store, &fd)? else {
        let access = Access::<T, WasiFilesystem>::new(store, T::filesystem);
        return WasiFilesystem::read_via_stream(access, fd, offset);
    };
    match source {
        Ok(source) => {
            let (producer, ended) = streams::Producer::new(source);
            let data = StreamReader::new(&mut store, producer)?;
            Ok((data, FutureReader::new(&mut store, outcome(ended))?))
        }
        Err(error) => {
            let nothing = StreamReader::new(&mut store, Vec::<u8>::new())?;
            let why = async { wasmtime::error::Ok(Err(error.into())) };
            Ok((nothing, FutureReader::new(&mut store, why)?))
        }
    }
}

/// Takes what a guest of WASI 0.3 writes: at an offset, or else at the end.
pub(super) fn write<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    fd: Resource<Descriptor>,
    data: StreamReader<u8>,
    offset: Option<u64>,
) -> wasmtime::Result<Outcome> {
    if let Some(sink) = sink(&mut store, &fd)? {
        return take(store, data, sink);
    }
    let access = Access::<T, WasiFilesystem>::new(store, T::filesystem);
    match offset {
        Some(offset) => WasiFilesystem::write_via_stream(access, fd, data, offset),
        None => WasiFilesystem::append_via_stream(access, fd, data),
    }
}

/// Defines them anew for WASI 0.3.
pub(super) fn link03<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes03.name())?;
    i.func_wrap(
        "[method]descriptor.read-via-stream",
        |store: StoreContextMut<'_, T>, (fd, offset): (Resource<Descriptor>, u64)| {
            Ok((read(store, fd, offset)?,))
        },
    )?;
    type Write = (Resource<Descriptor>, StreamReader<u8>, u64);
    i.func_wrap(
        "[method]descriptor.write-via-stream",
        |store: StoreContextMut<'_, T>, (fd, data, offset): Write| {
            Ok((write(store, fd, data, Some(offset))?,))
        },
    )?;
    i.func_wrap(
        "[method]descriptor.append-via-stream",
        |store: StoreContextMut<'_, T>, (fd, data): (Resource<Descriptor>, StreamReader<u8>)| {
            Ok((write(store, fd, data, None)?,))
        },
    )
}
