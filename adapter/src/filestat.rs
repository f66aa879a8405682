//! `filestat`: what is known about a file, by descriptor or by path, and its times.

use crate::abi::Filestat;
use crate::errno::{self, Errno, Result, code};
use crate::fdstat;
use crate::file::{done, filetype, settled};
use crate::guest;
use crate::path;
use crate::table::Kind;
use crate::wasi::filesystem::{self as fs, NewTime};
use core::mem::MaybeUninit;

#[unsafe(no_mangle)]
extern "C" fn fd_filestat_get(fd: u32, out: u32) -> u32 {
    code(of_descriptor(fd).map(|stat| guest::write(out, stat)))
}

/// What is known about an open descriptor.
pub fn of_descriptor(fd: u32) -> Result<Filestat> {
    let entry = settled(fd)?;
    match entry.kind.get() {
        Kind::File | Kind::Directory | Kind::Special => {
            let handle = entry.handle.get();
            filestat(
                |stat| unsafe { fs::stat(handle, stat) },
                |hash| unsafe { fs::metadata_hash(handle, hash) },
            )
        }
        _ => Ok(Filestat { filetype: fdstat::kind_of(entry), ..Filestat::default() }),
    }
}

#[unsafe(no_mangle)]
extern "C" fn path_filestat_get(fd: u32, flags: u32, ptr: u32, len: u32, out: u32) -> u32 {
    code(of_path(fd, flags, ptr, len).map(|stat| guest::write(out, stat)))
}

/// What is known about a name in a directory.
pub fn of_path(fd: u32, flags: u32, ptr: u32, len: u32) -> Result<Filestat> {
    let flags = path::lookup(flags)?;
    let dir = path::directory(fd)?;
    let path = guest::text(ptr, len)?;
    filestat(
        |stat| unsafe { fs::stat_at(dir, flags, path.ptr, path.len, stat) },
        |hash| unsafe { fs::metadata_hash_at(dir, flags, path.ptr, path.len, hash) },
    )
}

#[unsafe(no_mangle)]
extern "C" fn fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32) -> u32 {
    code((|| {
        let (a, m) = times(accessed, modified, flags)?;
        let entry = settled(fd)?;
        match entry.kind.get() {
            Kind::File | Kind::Directory | Kind::Special => done(|result| unsafe {
                let handle = entry.handle.get();
                fs::set_times(
                    handle,
                    a.case,
                    a.seconds,
                    a.nanoseconds,
                    m.case,
                    m.seconds,
                    m.nanoseconds,
                    result,
                )
            }),
            _ => Err(Errno::BADF),
        }
    })())
}

#[unsafe(no_mangle)]
extern "C" fn path_filestat_set_times(
    fd: u32,
    lookup: u32,
    ptr: u32,
    len: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
) -> u32 {
    code((|| {
        let (a, m) = times(accessed, modified, flags)?;
        let lookup = path::lookup(lookup)?;
        let dir = path::directory(fd)?;
        let path = guest::text(ptr, len)?;
        done(|result| unsafe {
            fs::set_times_at(
                dir,
                lookup,
                path.ptr,
                path.len,
                a.case,
                a.seconds,
                a.nanoseconds,
                m.case,
                m.seconds,
                m.nanoseconds,
                result,
            )
        })
    })())
}

fn filestat(
    stat: impl FnOnce(*mut fs::Stat),
    hash: impl FnOnce(*mut fs::Hash),
) -> Result<Filestat> {
    let mut buffer = MaybeUninit::<fs::Stat>::uninit();
    stat(buffer.as_mut_ptr());
    let stat = unsafe { buffer.assume_init_ref() };
    if stat.failed != 0 {
        return Err(errno::filesystem(stat.kind as u8));
    }
    Ok(Filestat {
        dev: 1,
        ino: inode(hash)?,
        filetype: filetype(stat.kind as u8),
        nlink: stat.links,
        size: stat.size,
        atim: nanoseconds(&stat.accessed)?,
        mtim: nanoseconds(&stat.modified)?,
        ctim: nanoseconds(&stat.changed)?,
    })
}

/// 0.2 has no inode numbers; half of a file's hash serves as one.
pub fn inode(hash: impl FnOnce(*mut fs::Hash)) -> Result<u64> {
    let mut buffer = MaybeUninit::<fs::Hash>::uninit();
    hash(buffer.as_mut_ptr());
    let hash = unsafe { buffer.assume_init_ref() };
    match hash.failed {
        0 => Ok(hash.lower),
        _ => Err(errno::filesystem(hash.lower as u8)),
    }
}

fn nanoseconds(time: &fs::Time) -> Result<u64> {
    if time.some == 0 {
        return Ok(0);
    }
    time.time
        .seconds
        .checked_mul(1_000_000_000)
        .and_then(|ns| ns.checked_add(time.time.nanoseconds as u64))
        .ok_or(Errno::OVERFLOW)
}

/// The two times that `fstflags` asks for.
fn times(accessed: u64, modified: u64, flags: u32) -> Result<(NewTime, NewTime)> {
    if flags > 15 {
        return Err(Errno::INVAL);
    }
    Ok((time(accessed, flags)?, time(modified, flags >> 2)?))
}

fn time(at: u64, flags: u32) -> Result<NewTime> {
    let (seconds, nanoseconds) = (at / 1_000_000_000, (at % 1_000_000_000) as u32);
    match flags & 3 {
        0 => Ok(NewTime { case: 0, seconds: 0, nanoseconds: 0 }),
        1 => Ok(NewTime { case: 2, seconds, nanoseconds }),
        2 => Ok(NewTime { case: 1, seconds: 0, nanoseconds: 0 }),
        _ => Err(Errno::INVAL),
    }
}
