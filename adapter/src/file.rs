//! Reading, writing and positioning: `fd_read`, `fd_write`, `fd_pread`, `fd_pwrite`, `fd_seek` and
//! what belongs to them.

use crate::abi::fdflags::APPEND;
use crate::abi::filetype;
use crate::arena;
use crate::errno::{self, Errno, Result, code};
use crate::guest;
use crate::iovec::{Iovecs, Span};
use crate::stream;
use crate::table::{self, Entry, Kind};
use crate::wasi::{filesystem as fs, io};
use core::mem::MaybeUninit;

#[unsafe(no_mangle)]
pub extern "C" fn fd_read(fd: u32, iovecs: u32, count: u32, read: u32) -> u32 {
    code((|| {
        let (entry, iovecs) = (settled(fd)?, Iovecs::new(iovecs, count));
        let len = match entry.kind.get() {
            Kind::File => {
                let position = position(entry)?;
                let len = read_at(entry, iovecs, position)?;
                entry.position.set(position + len as u64);
                len
            }
            _ => stream::read(entry, iovecs)?,
        };
        guest::write(read, len);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
pub extern "C" fn fd_write(fd: u32, iovecs: u32, count: u32, written: u32) -> u32 {
    code((|| {
        let (entry, iovecs) = (settled(fd)?, Iovecs::new(iovecs, count));
        let len = match entry.kind.get() {
            Kind::File if entry.flags.get() & APPEND != 0 => {
                let len = append(entry, iovecs)?;
                if len != 0 {
                    entry.at_end.set(true);
                }
                len
            }
            Kind::File => {
                let position = position(entry)?;
                let len = write_at(entry, iovecs, position)?;
                entry.position.set(position + len as u64);
                len
            }
            _ => stream::write(entry, iovecs)?,
        };
        guest::write(written, len);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_pread(fd: u32, iovecs: u32, count: u32, offset: u64, read: u32) -> u32 {
    code((|| {
        let entry = at_offset(fd, Kind::Stdin)?;
        guest::write(read, read_at(entry, Iovecs::new(iovecs, count), offset)?);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_pwrite(fd: u32, iovecs: u32, count: u32, offset: u64, written: u32) -> u32 {
    code((|| {
        let (entry, iovecs) = (at_offset(fd, Kind::Stdout)?, Iovecs::new(iovecs, count));
        // As on Linux, the offset of a file opened to append is ignored.
        let len = match entry.flags.get() & APPEND {
            0 => write_at(entry, iovecs, offset)?,
            _ => {
                // The position stays where it is, which may be the end that the file has now.
                position(entry)?;
                append(entry, iovecs)?
            }
        };
        guest::write(written, len);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
pub extern "C" fn fd_seek(fd: u32, offset: i64, whence: u32, position_out: u32) -> u32 {
    code((|| {
        if whence > 2 {
            return Err(Errno::INVAL);
        }
        let entry = seekable(fd)?;
        let from = match whence {
            0 => 0,
            1 => position(entry)?,
            _ => size(entry)?,
        };
        let position = from
            .checked_add_signed(offset)
            .filter(|to| *to <= i64::MAX as u64)
            .ok_or(Errno::INVAL)?;
        entry.at_end.set(false);
        entry.position.set(position);
        guest::write(position_out, position);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_tell(fd: u32, position_out: u32) -> u32 {
    code((|| {
        guest::write(position_out, position(seekable(fd)?)?);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_advise(fd: u32, offset: u64, len: u64, advice: u32) -> u32 {
    code((|| {
        if advice > 5 {
            return Err(Errno::INVAL);
        }
        let handle = regular(fd)?;
        done(|result| unsafe { fs::advise(handle, offset, len, advice, result) })
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_allocate(fd: u32, _offset: u64, _len: u64) -> u32 {
    // 0.2 can't reserve blocks: a success would promise what isn't so.
    code(regular(fd).and(Err(Errno::NOTSUP)))
}

#[unsafe(no_mangle)]
extern "C" fn fd_datasync(fd: u32) -> u32 {
    code(regular(fd).and_then(|handle| done(|result| unsafe { fs::sync_data(handle, result) })))
}

#[unsafe(no_mangle)]
extern "C" fn fd_sync(fd: u32) -> u32 {
    code(regular(fd).and_then(|handle| done(|result| unsafe { fs::sync(handle, result) })))
}

#[unsafe(no_mangle)]
extern "C" fn fd_filestat_set_size(fd: u32, size: u64) -> u32 {
    code((|| {
        let handle = regular(fd)?;
        position(table::get(fd)?)?;
        done(|result| unsafe { fs::set_size(handle, size, result) })
    })())
}

/// An open descriptor of which it is known what it is. Opening doesn't ask, so that a file that is
/// only opened and closed costs one host call less.
#[inline]
pub fn settled(fd: u32) -> Result<&'static Entry> {
    let entry = table::get(fd)?;
    if entry.kind.get() == Kind::Opened {
        settle(entry)?;
    }
    Ok(entry)
}

#[inline(never)]
fn settle(entry: &Entry) -> Result {
    let filetype = filetype(value(|result| unsafe { fs::get_type(entry.handle.get(), result) })?);
    entry.filetype.set(filetype + 1);
    if filetype == filetype::DIRECTORY {
        // Neither appending nor waiting means anything there.
        entry.flags.set(0);
    }
    entry.kind.set(match filetype {
        filetype::DIRECTORY => Kind::Directory,
        filetype::REGULAR_FILE => Kind::File,
        _ => Kind::Special,
    });
    Ok(())
}

/// `descriptor-type` as a preview-1 `filetype`.
pub fn filetype(kind: u8) -> u8 {
    match kind {
        1 => filetype::BLOCK_DEVICE,
        2 => filetype::CHARACTER_DEVICE,
        3 => filetype::DIRECTORY,
        5 => filetype::SYMBOLIC_LINK,
        6 => filetype::REGULAR_FILE,
        7 => filetype::SOCKET_STREAM,
        // Preview 1 has no code for a fifo.
        _ => filetype::UNKNOWN,
    }
}

/// A result that carries nothing.
pub fn done(call: impl FnOnce(*mut fs::Byte)) -> Result {
    value(call).map(drop)
}

/// A result that carries a byte.
pub fn value(call: impl FnOnce(*mut fs::Byte)) -> Result<u8> {
    let mut result = fs::Byte { failed: 0, value: 0 };
    call(&mut result);
    match result.failed {
        0 => Ok(result.value),
        _ => Err(errno::filesystem(result.value)),
    }
}

fn seekable(fd: u32) -> Result<&'static Entry> {
    let entry = settled(fd)?;
    match entry.kind.get() {
        Kind::File => Ok(entry),
        Kind::Directory => Err(Errno::BADF),
        _ => Err(Errno::SPIPE),
    }
}

/// A file, to be read or written at an offset. A standard stream of the other direction isn't for
/// this at all.
fn at_offset(fd: u32, standard: Kind) -> Result<&'static Entry> {
    match (table::get(fd)?.kind.get(), standard) {
        (Kind::Stdout | Kind::Stderr, Kind::Stdin) | (Kind::Stdin, Kind::Stdout) => {
            Err(Errno::BADF)
        }
        _ => seekable(fd),
    }
}

/// The `descriptor` of a file.
fn regular(fd: u32) -> Result<u32> {
    let entry = settled(fd)?;
    match entry.kind.get() {
        Kind::File | Kind::Special => Ok(entry.handle.get()),
        _ => Err(Errno::BADF),
    }
}

pub fn position(entry: &Entry) -> Result<u64> {
    if entry.at_end.get() {
        entry.position.set(size(entry)?);
        entry.at_end.set(false);
    }
    Ok(entry.position.get())
}

pub fn size(entry: &Entry) -> Result<u64> {
    let mut stat = MaybeUninit::<fs::Stat>::uninit();
    unsafe { fs::stat(entry.handle.get(), stat.as_mut_ptr()) }
    let stat = unsafe { stat.assume_init_ref() };
    match stat.failed {
        0 => Ok(stat.size),
        _ => Err(errno::filesystem(stat.kind as u8)),
    }
}

/// Hosts give this much at once, however much is asked for. Less is the end of the file.
const CHUNK: u32 = 1 << 16;

fn read_at(entry: &Entry, iovecs: Iovecs, offset: u64) -> Result<u32> {
    let place = iovecs.target();
    let target = place.span;
    let mut done = 0;
    loop {
        let room = target.len - done as usize;
        let mut result = MaybeUninit::<fs::Bytes>::uninit();
        arena::open_at(target.ptr.wrapping_add(done as usize), room);
        unsafe {
            fs::read(
                entry.handle.get(),
                room as u64,
                offset.wrapping_add(done as u64),
                result.as_mut_ptr(),
            )
        }
        let result = unsafe { result.assume_init_ref() };
        match result.failed {
            0 => done += result.len,
            // What was read before is there; the error comes again at the next call.
            _ if done != 0 => break,
            _ => return Err(errno::filesystem(result.ptr as u8)),
        }
        if result.len < CHUNK || done as usize >= target.len {
            break;
        }
    }
    place.scatter(done as usize);
    Ok(done)
}

fn write_at(entry: &Entry, iovecs: Iovecs, offset: u64) -> Result<u32> {
    let span = iovecs.gather();
    let mut result = MaybeUninit::<fs::Size>::uninit();
    unsafe { fs::write(entry.handle.get(), span.ptr, span.len, offset, result.as_mut_ptr()) }
    let result = unsafe { result.assume_init_ref() };
    match result.failed {
        0 => Ok(result.value as u32),
        _ => Err(errno::filesystem(result.value as u8)),
    }
}

fn append(entry: &Entry, iovecs: Iovecs) -> Result<u32> {
    let span: Span = iovecs.gather();
    let stream = stream::output(entry)?;
    let written = if span.len == 0 { Ok(()) } else { stream::write_all(stream, span) };
    // A stream that failed says no more than that it's closed. The next one fails as this one did.
    if written.is_err() && entry.writable.get() == 0 {
        entry.output.set(0);
        unsafe { io::drop_output(stream) }
    }
    written.map(|()| span.len as u32)
}
