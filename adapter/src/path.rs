//! Everything that names a file by a path below an open directory.

use crate::abi::{fdflags, rights};
use crate::arena;
use crate::errno::{self, Errno, Result, code};
use crate::file::{done, settled};
use crate::guest;
use crate::table::{self, Kind};
use crate::wasi::filesystem as fs;
use core::mem::MaybeUninit;

#[unsafe(no_mangle)]
extern "C" fn path_open(
    fd: u32,
    lookup_flags: u32,
    ptr: u32,
    len: u32,
    how: u32,
    base: u64,
    _inheriting: u64,
    flags: u32,
    opened: u32,
) -> u32 {
    code((|| {
        if how > 15 || flags > fdflags::ALL as u32 {
            return Err(Errno::INVAL);
        }
        let (lookup, flags) = (lookup(lookup_flags)?, flags as u16);
        let path = guest::text(ptr, len)?;
        // This one says what a file isn't; all others say that it's no descriptor for them, as
        // native preview 1 does.
        let dir = match settled(fd)?.kind.get() {
            Kind::File | Kind::Special => return Err(Errno::NOTDIR),
            _ => directory(fd)?,
        };
        let mut access = 0;
        if base & rights::FD_READ != 0 {
            access |= 1;
        }
        if base & rights::FD_WRITE != 0 {
            access |= 2;
        }
        if flags & fdflags::SYNC != 0 {
            access |= 4;
        }
        if flags & fdflags::DSYNC != 0 {
            access |= 8;
        }
        if flags & fdflags::RSYNC != 0 {
            access |= 16;
        }
        // `oflags` and `open-flags` have the same bits.
        let mut result = MaybeUninit::<fs::Handle>::uninit();
        unsafe { fs::open_at(dir, lookup, path.ptr, path.len, how, access, result.as_mut_ptr()) }
        let result = unsafe { result.assume_init_ref() };
        if result.failed != 0 {
            return Err(errno::filesystem(result.value as u8));
        }
        match table::take() {
            Ok((number, entry)) => {
                entry.kind.set(Kind::Opened);
                entry.handle.set(result.value);
                entry.flags.set(flags & (fdflags::APPEND | fdflags::NONBLOCK));
                guest::write(opened, number);
                Ok(())
            }
            Err(full) => {
                unsafe { fs::drop_descriptor(result.value) }
                Err(full)
            }
        }
    })())
}

#[unsafe(no_mangle)]
extern "C" fn path_create_directory(fd: u32, ptr: u32, len: u32) -> u32 {
    code((|| {
        let (dir, path) = (directory(fd)?, guest::text(ptr, len)?);
        done(|result| unsafe { fs::create_directory_at(dir, path.ptr, path.len, result) })
    })())
}

#[unsafe(no_mangle)]
extern "C" fn path_remove_directory(fd: u32, ptr: u32, len: u32) -> u32 {
    code((|| {
        let (dir, path) = (directory(fd)?, guest::text(ptr, len)?);
        done(|result| unsafe { fs::remove_directory_at(dir, path.ptr, path.len, result) })
    })())
}

#[unsafe(no_mangle)]
extern "C" fn path_unlink_file(fd: u32, ptr: u32, len: u32) -> u32 {
    code((|| {
        let (dir, path) = (directory(fd)?, guest::text(ptr, len)?);
        done(|result| unsafe { fs::unlink_file_at(dir, path.ptr, path.len, result) })
    })())
}

#[unsafe(no_mangle)]
extern "C" fn path_link(
    fd: u32,
    lookup_flags: u32,
    old_ptr: u32,
    old_len: u32,
    to: u32,
    new_ptr: u32,
    new_len: u32,
) -> u32 {
    code((|| {
        let lookup = lookup(lookup_flags)?;
        let (dir, to) = (directory(fd)?, directory(to)?);
        let (old, new) = (guest::text(old_ptr, old_len)?, guest::text(new_ptr, new_len)?);
        done(|result| unsafe {
            fs::link_at(dir, lookup, old.ptr, old.len, to, new.ptr, new.len, result)
        })
    })())
}

#[unsafe(no_mangle)]
extern "C" fn path_rename(
    fd: u32,
    old_ptr: u32,
    old_len: u32,
    to: u32,
    new_ptr: u32,
    new_len: u32,
) -> u32 {
    code((|| {
        let (dir, to) = (directory(fd)?, directory(to)?);
        let (old, new) = (guest::text(old_ptr, old_len)?, guest::text(new_ptr, new_len)?);
        done(|result| unsafe { fs::rename_at(dir, old.ptr, old.len, to, new.ptr, new.len, result) })
    })())
}

#[unsafe(no_mangle)]
extern "C" fn path_symlink(old_ptr: u32, old_len: u32, fd: u32, new_ptr: u32, new_len: u32) -> u32 {
    code((|| {
        let dir = directory(fd)?;
        let (old, new) = (guest::text(old_ptr, old_len)?, guest::text(new_ptr, new_len)?);
        done(|result| unsafe { fs::symlink_at(dir, old.ptr, old.len, new.ptr, new.len, result) })
    })())
}

#[unsafe(no_mangle)]
extern "C" fn path_readlink(fd: u32, ptr: u32, len: u32, buf: u32, buf_len: u32, used: u32) -> u32 {
    code((|| {
        let (dir, path) = (directory(fd)?, guest::text(ptr, len)?);
        let mut result = MaybeUninit::<fs::Bytes>::uninit();
        arena::open();
        unsafe { fs::readlink_at(dir, path.ptr, path.len, result.as_mut_ptr()) }
        let result = unsafe { result.assume_init_ref() };
        if result.failed != 0 {
            return Err(errno::filesystem(result.ptr as u8));
        }
        // As `readlink` does, a long target is cut.
        let len = result.len.min(buf_len);
        guest::copy_out(buf, result.ptr as *const u8, len);
        guest::write(used, len);
        Ok(())
    })())
}

/// The `descriptor` of an open directory.
pub fn directory(fd: u32) -> Result<u32> {
    let entry = settled(fd)?;
    match entry.kind.get() {
        Kind::Directory => Ok(entry.handle.get()),
        _ => Err(Errno::BADF),
    }
}

/// `lookupflags`: its one bit is `path-flags`' one bit.
pub fn lookup(flags: u32) -> Result<u32> {
    match flags {
        0 | 1 => Ok(flags),
        _ => Err(Errno::INVAL),
    }
}
