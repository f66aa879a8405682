//! Mounted files through WASI 0.2's file system: what is opened in a folder of placeholders reads
//! and writes what stands there. The functions here replace the usual ones only in programs that
//! have mounts.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use tokio::io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType, WasmList};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, ErrorCode, HostDescriptor as _, OpenFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use crate::capability::special::told;
use crate::capability::{Guarded, file, special};
use crate::event::Event;
use crate::interfaces::Interface;
use crate::stream::{Location, Shared, Sink, Source, wasi02};

/// The most that is read or written at once, in bytes.
const MOST: u64 = 1 << 16;

/// How a file is opened in `fd`: in a folder of placeholders nothing is made, emptied or written.
/// `None` if it must not be there, and everything that can be opened there is.
pub(super) fn may_open<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    (open, mode): (OpenFlags, DescriptorFlags),
) -> wasmtime::Result<Option<(OpenFlags, DescriptorFlags)>> {
    if data.mounts().is_empty() {
        return Ok(Some((open, mode)));
    }
    let directory = match data.ctx().table.get(fd)? {
        Descriptor::Dir(directory) => directory.dir.clone(),
        Descriptor::File(_) => return Ok(Some((open, mode))),
    };
    if !data.mounts().is_folder(&directory) {
        return Ok(Some((open, mode)));
    }
    let new = open.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE);
    Ok((!new).then_some((open & OpenFlags::DIRECTORY, DescriptorFlags::READ)))
}

/// Opens what stands for a placeholder that was opened. False if so many are open already that it
/// can't be.
pub(super) fn opened<T: Guarded>(
    data: &mut T,
    opened: &Resource<Descriptor>,
) -> wasmtime::Result<bool> {
    if !data.mounts().is_empty()
        && let Descriptor::File(file) = data.ctx().table.get(opened)?
    {
        let file = file.file.clone();
        return Ok(data.mounts().opened(opened.rep(), &file));
    }
    Ok(true)
}

/// What stands for an open descriptor, if something does.
fn mounted<T: Guarded>(data: &mut T, fd: &Resource<Descriptor>) -> Option<Shared> {
    data.mounts().get(fd.rep())
}

/// Defines anew what reads, writes and closes files.
pub(crate) fn link<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut i = linker.instance(Interface::FilesystemTypes02.name())?;
    type Read = (Resource<Descriptor>, u64, u64);
    i.func_wrap_async(
        "[method]descriptor.read",
        |mut store: StoreContextMut<'_, T>, (fd, len, offset): Read| {
            Box::new(async move {
                Ok((match mounted(store.data_mut(), &fd) {
                    Some(shared) => {
                        let answer = read(shared, len).await;
                        noted(store.data(), answer)
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
                Ok((match mounted(store.data_mut(), &fd) {
                    Some(shared) => {
                        let all = bytes.as_le_slice(&store);
                        let bytes = Bytes::copy_from_slice(&all[..all.len().min(MOST as usize)]);
                        let answer = write(shared, &bytes).await;
                        noted(store.data(), answer)
                    }
                    None => file::write_file(&mut store, &fd, &bytes, offset)?,
                },))
            })
        },
    )?;
    i.func_wrap(
        "[method]descriptor.read-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, offset): (Resource<Descriptor>, u64)| {
            let Some(shared) = mounted(store.data_mut(), &fd) else {
                return Ok((told(special::input(store.data_mut(), fd, offset))?,));
            };
            Ok((Ok(store.data_mut().ctx().table.push(input(shared))?),))
        },
    )?;
    i.func_wrap(
        "[method]descriptor.write-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd, offset): (Resource<Descriptor>, u64)| {
            let Some(shared) = mounted(store.data_mut(), &fd) else {
                return Ok((told(special::output(store.data_mut(), fd, Some(offset)))?,));
            };
            Ok((Ok(store.data_mut().ctx().table.push(output(shared))?),))
        },
    )?;
    i.func_wrap(
        "[method]descriptor.append-via-stream",
        |mut store: StoreContextMut<'_, T>, (fd,): (Resource<Descriptor>,)| {
            let Some(shared) = mounted(store.data_mut(), &fd) else {
                return Ok((told(special::output(store.data_mut(), fd, None))?,));
            };
            Ok((Ok(store.data_mut().ctx().table.push(output(shared))?),))
        },
    )?;
    i.func_wrap_async(
        "[method]descriptor.get-flags",
        |mut store: StoreContextMut<'_, T>, (fd,): (Resource<Descriptor>,)| {
            Box::new(async move {
                if mounted(store.data_mut(), &fd).is_some() {
                    return Ok((Ok(DescriptorFlags::READ | DescriptorFlags::WRITE),));
                }
                Ok((told(store.data_mut().filesystem().get_flags(fd).await)?,))
            })
        },
    )?;
    i.func_wrap_async(
        "[method]descriptor.set-size",
        |mut store: StoreContextMut<'_, T>, (fd, size): (Resource<Descriptor>, u64)| {
            Box::new(async move {
                // Emptying it is what opening it has done.
                if mounted(store.data_mut(), &fd).is_some() {
                    return Ok((Ok(()),));
                }
                Ok((told(store.data_mut().filesystem().set_size(fd, size).await)?,))
            })
        },
    )?;
    i.resource_async("descriptor", ResourceType::host::<Descriptor>(), |mut store, number| {
        Box::new(async move {
            if let Some(mut shared) = store.data_mut().mounts().close(number)
                && let Err(error) = shared.shutdown().await
            {
                tell(store.data(), &error);
            }
            store.data_mut().filesystem().drop(Resource::new_own(number))
        })
    })
}

/// An answer for the guest; what went wrong behind the file is for the user, too.
fn noted<T: Guarded, R>(data: &T, result: io::Result<R>) -> Result<R, ErrorCode> {
    result.map_err(|error| {
        tell(data, &error);
        error.into()
    })
}

/// Tells the user how a program failed, which an error code doesn't.
fn tell<T: Guarded>(data: &T, error: &io::Error) {
    if error.raw_os_error().is_none() {
        data.guard(0).tell(Event::MountFailed { why: error.to_string() });
    }
}

async fn read(mut shared: Shared, len: u64) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = vec![0; len.min(MOST) as usize];
    let mut room = ReadBuf::new(&mut bytes);
    poll_fn(|cx| Pin::new(&mut shared).poll_read(cx, &mut room)).await?;
    let count = room.filled().len();
    bytes.truncate(count);
    Ok((bytes, count == 0 && len > 0))
}

async fn write(mut shared: Shared, bytes: &[u8]) -> io::Result<u64> {
    Ok(poll_fn(|cx| Pin::new(&mut shared).poll_write(cx, bytes)).await? as u64)
}

fn input(shared: Shared) -> DynInputStream {
    wasi02::input(Source::new(Location::STANDARD, Box::pin(shared), Default::default()))
}

fn output(shared: Shared) -> DynOutputStream {
    wasi02::output(Sink::new(Location::STANDARD, Box::pin(shared), Default::default()))
}
