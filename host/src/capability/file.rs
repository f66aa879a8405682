//! `descriptor.read` and `descriptor.write` of WASI 0.2, straight between a file and the guest's
//! memory.
//!
//! wasmtime-wasi's go through a future and a zeroed buffer that is thrown away. Here a write is one
//! system call on the guest's own bytes, and a read of what the file has is one into the guest's
//! memory. Legacy programs do all their file access by these two, so their price is what an
//! `fd_read` or `fd_write` costs.

mod reading;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, WasmList};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use crate::capability::Guarded;
use crate::interfaces::Interface;

use reading::{Part, SMALL};

pub(super) use reading::Reading;

/// The most that is read at once: a guest that asks for all there is has to have room for it.
const MOST: u64 = 1 << 20;

/// Defines the two functions anew.
pub(crate) fn link<T: Guarded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut interface = linker.instance(Interface::FilesystemTypes02.name())?;
    interface.func_wrap(
        "[method]descriptor.read",
        |mut store: StoreContextMut<'_, T>, (fd, len, offset): (Resource<Descriptor>, u64, u64)| {
            Ok((read_file(store.data_mut(), &fd, len, offset)?,))
        },
    )?;
    interface.func_wrap(
        "[method]descriptor.write",
        |mut store: StoreContextMut<'_, T>,
         (fd, bytes, offset): (Resource<Descriptor>, WasmList<u8>, u64)| {
            Ok((write_file(&mut store, &fd, &bytes, offset)?,))
        },
    )
}

/// What a guest is to read at `offset`.
pub(super) fn read_file<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    len: u64,
    offset: u64,
) -> wasmtime::Result<Reading> {
    let (file, _) = match file(data, fd)? {
        Ok(file) => file,
        Err(code) => return Ok(Reading::Answer(Err(code))),
    };
    let len = len.min(MOST) as usize;
    let whole = len > SMALL && has(&file, data.size_seen(fd.rep()), offset, len as u64);

    Ok(Reading::Part(Part { file, len, offset, whole }))
}

/// Whether a file has `len` bytes at `offset`: by the size that was `seen` last, or else by asking.
fn has(file: &File, seen: &mut u64, offset: u64, len: u64) -> bool {
    let Some(end) = offset.checked_add(len) else { return false };
    if end > *seen {
        *seen = rustix::fs::fstat(file).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0));
    }
    end <= *seen
}

/// Writes the guest's own bytes at `offset`; how many were written.
pub(super) fn write_file<T: Guarded>(
    store: &mut StoreContextMut<'_, T>,
    fd: &Resource<Descriptor>,
    bytes: &WasmList<u8>,
    offset: u64,
) -> wasmtime::Result<Result<u64, ErrorCode>> {
    Ok(match file(store.data_mut(), fd)? {
        Ok((file, true)) => match file.write_at(bytes.as_le_slice(&*store), offset) {
            Ok(written) => Ok(written as u64),
            Err(error) => Err(error.into()),
        },
        Ok((_, false)) => Err(ErrorCode::NotPermitted),
        Err(code) => Err(code),
    })
}

/// The file of a descriptor, and whether it may be changed.
fn file<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
) -> wasmtime::Result<Result<(Arc<File>, bool), ErrorCode>> {
    Ok(match data.ctx().table.get(fd)? {
        Descriptor::File(file) => Ok((file.file.clone(), !file.perms.write_not_permitted())),
        Descriptor::Dir(_) => Err(ErrorCode::BadDescriptor),
    })
}
