//! Descriptors as such: `fd_close`, `fd_renumber`, and the names of preopened directories.

use crate::arena;
use crate::errno::{Errno, Result, code};
use crate::guest;
use crate::table::{self, Entry, Kind};
use crate::wasi::{filesystem as fs, io};

#[unsafe(no_mangle)]
extern "C" fn fd_close(fd: u32) -> u32 {
    close(fd, drop_streams)
}

#[inline]
pub fn close(fd: u32, drop: impl Fn(&Entry)) -> u32 {
    code((|| {
        drop(table::get(fd)?);
        table::release(fd);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_renumber(from: u32, to: u32) -> u32 {
    renumber(from, to, drop_streams)
}

#[inline]
pub fn renumber(from: u32, to: u32, drop: impl Fn(&Entry)) -> u32 {
    code((|| {
        table::get(from)?;
        let old = table::get(to)?;
        if from == to {
            return Ok(());
        }
        drop(old);
        table::rename(from, to);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_prestat_get(fd: u32, prestat: u32) -> u32 {
    code((|| {
        #[cfg(feature = "preopens")]
        if let Ok(entry) = table::get(fd)
            && entry.kind.get() == Kind::Tcp
            && entry.at_end.get()
        {
            // A descriptor before the directories: no error, which would end the search, but no
            // directory either.
            guest::write(prestat, [1, 0]);
            return Ok(());
        }
        let entry = preopen(fd, Errno::BADF)?;
        // The tag of a directory, and the length of its name.
        guest::write(prestat, [0, entry.name_len.get()]);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_prestat_dir_name(fd: u32, path: u32, len: u32) -> u32 {
    code((|| {
        let entry = preopen(fd, Errno::NOTDIR)?;
        if len < entry.name_len.get() {
            return Err(Errno::NAMETOOLONG);
        }
        guest::copy_out(path, entry.name.get() as *const u8, entry.name_len.get());
        Ok(())
    })())
}

fn preopen(fd: u32, otherwise: Errno) -> Result<&'static Entry> {
    let entry = table::get(fd)?;
    match (entry.kind.get(), entry.name.get()) {
        (Kind::Directory, name) if name != 0 => Ok(entry),
        _ => Err(otherwise),
    }
}

/// Drops everything a descriptor that is no socket holds in the host, children before parents.
#[inline]
pub fn drop_streams(entry: &Entry) {
    #[inline(always)]
    fn each(handle: u32, drop: unsafe extern "C" fn(u32)) {
        if handle != 0 {
            unsafe { drop(handle) }
        }
    }
    each(entry.readable.get(), io::drop_pollable);
    each(entry.writable.get(), io::drop_pollable);
    match entry.kind.get() {
        Kind::Directory => each(entry.input.get(), fs::drop_directory_entries),
        _ => each(entry.input.get(), io::drop_input),
    }
    each(entry.output.get(), io::drop_output);
    each(entry.handle.get(), fs::drop_descriptor);
    arena::free_block(entry.block.get());
}
