//! `descriptor.read` and `descriptor.write` of WASI 0.2, straight between a file and the guest's
//! memory.
//!
//! wasmtime-wasi's go through a future and a zeroed buffer that is thrown away. Here a write is one
//! system call on the guest's own bytes, and a read one into memory that nobody zeroed, and a copy.
//! Legacy programs do all their file access by these two, so their price is what an `fd_read` or
//! `fd_write` costs.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, WasmList};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use crate::capability::Guarded;
use crate::interfaces::Interface;

/// The most that is read at once, as in wasmtime-wasi. A larger buffer leaves the processor's cache
/// before it's copied.
const MOST: u64 = 1 << 16;

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

/// What a guest reads at `offset`, and whether that is the end.
pub(super) fn read_file<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    len: u64,
    offset: u64,
) -> wasmtime::Result<Result<(Vec<u8>, bool), ErrorCode>> {
    Ok(match file(data, fd)? {
        Ok((file, _)) => read(&file, len, offset).map_err(ErrorCode::from),
        Err(code) => Err(code),
    })
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

/// What there is at `offset`, and whether that is the end.
fn read(file: &File, len: u64, offset: u64) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::with_capacity(len.min(MOST) as usize);
    if len == 0 {
        // Nothing is wanted but the error, if there is one; no spare capacity could be lent.
        rustix::io::pread(file, &mut [0u8; 0], offset)?;
        return Ok((bytes, true));
    }
    let count = rustix::io::pread(file, spare_capacity(&mut bytes), offset)?;
    Ok((bytes, count == 0))
}
