//! Pipes, terminals, sockets: whatever has streams instead of a position.

use crate::abi::fdflags::NONBLOCK;
use crate::arena;
use crate::entry::{self, Entry, Kind};
use crate::errno::{self, Errno, Result};
use crate::iovec::{Iovecs, Span};
use crate::wasi::{cli, clocks, filesystem, io};
use core::mem::MaybeUninit;

/// The most that `blocking-write-and-flush` takes.
const SHORT: usize = 4096;

/// The descriptor's `input-stream`, made at its first use.
pub fn input(entry: &Entry) -> Result<u32> {
    // A directory's is of its entries.
    if entry.kind.get() == Kind::Directory {
        return Err(Errno::BADF);
    }
    if entry.input.get() == 0 {
        let stream = match entry.kind.get() {
            Kind::Stdin => unsafe { cli::get_stdin() },
            Kind::Special => {
                via(|result| unsafe { filesystem::read_via_stream(entry.handle.get(), 0, result) })?
            }
            _ => return Err(Errno::BADF),
        };
        entry.input.set(stream);
    }
    Ok(entry.input.get())
}

/// The descriptor's `output-stream`, made at its first use.
pub fn output(entry: &Entry) -> Result<u32> {
    if entry.output.get() == 0 {
        let handle = entry.handle.get();
        let stream = match entry.kind.get() {
            Kind::Stdout => unsafe { cli::get_stdout() },
            Kind::Stderr => unsafe { cli::get_stderr() },
            Kind::Special => {
                via(|result| unsafe { filesystem::write_via_stream(handle, 0, result) })?
            }
            // A regular file has one only to append: at an offset it is written without a stream.
            Kind::File => via(|result| unsafe { filesystem::append_via_stream(handle, result) })?,
            _ => return Err(Errno::BADF),
        };
        entry.output.set(stream);
    }
    Ok(entry.output.get())
}

fn via(call: impl FnOnce(*mut filesystem::Handle)) -> Result<u32> {
    let mut result = MaybeUninit::<filesystem::Handle>::uninit();
    call(result.as_mut_ptr());
    let result = unsafe { result.assume_init_ref() };
    match result.failed {
        0 => Ok(result.value),
        _ => Err(errno::filesystem(result.value as u8)),
    }
}

/// Fills the guest's buffers with what there is; waits for the first byte unless the descriptor is
/// non-blocking.
pub fn read(entry: &Entry, iovecs: Iovecs) -> Result<u32> {
    let stream = input(entry)?;
    let target = iovecs.target();
    let len = read_span(entry, stream, target.span)?;
    target.scatter(len as usize);
    Ok(len)
}

/// The same, into one stretch of memory.
pub fn read_span(entry: &Entry, stream: u32, target: Span) -> Result<u32> {
    read_stream(stream, target, entry.flags.get() & NONBLOCK == 0)
}

/// The same, of a stream that has no descriptor.
pub fn read_stream(stream: u32, target: Span, wait: bool) -> Result<u32> {
    if target.len == 0 {
        return Ok(0);
    }
    loop {
        let mut result = MaybeUninit::<io::Read>::uninit();
        arena::open_at(target.ptr, target.len);
        unsafe {
            match wait {
                true => io::blocking_read(stream, target.len as u64, result.as_mut_ptr()),
                false => io::read(stream, target.len as u64, result.as_mut_ptr()),
            }
        }
        let result = unsafe { result.assume_init_ref() };
        match (result.failed, result.ptr_or_case as u8, result.len_or_error) {
            (0, _, 0) if wait => continue,
            (0, _, 0) => return Err(again()),
            (0, _, len) => {
                entry::denials().set(0);
                // The window was the target, so that is where the bytes are.
                return if result.ptr_or_case == target.ptr as u32 {
                    Ok(len)
                } else {
                    Err(Errno::IO)
                };
            }
            // The end.
            (_, 1, _) => return Ok(0),
            (_, _, error) => return Err(failure(error)),
        }
    }
}

/// Writes everything, or what fits now if the descriptor is non-blocking.
pub fn write(entry: &Entry, iovecs: Iovecs) -> Result<u32> {
    let stream = output(entry)?;
    let span = iovecs.gather();
    if span.len == 0 {
        return Ok(0);
    }
    match entry.flags.get() & NONBLOCK == 0 {
        true => write_all(stream, span).map(|()| span.len as u32),
        false => write_some(stream, span),
    }
}

/// Writes everything and waits until it has left.
pub fn write_all(stream: u32, span: Span) -> Result {
    if span.len <= SHORT {
        return done(|result| unsafe {
            io::blocking_write_and_flush(stream, span.ptr, span.len, result)
        });
    }
    let mut rest = span;
    while rest.len != 0 {
        let room = room(stream)?;
        if room == 0 {
            unsafe {
                let pollable = io::subscribe_output(stream);
                io::block(pollable);
                io::drop_pollable(pollable);
            }
            continue;
        }
        let len = rest.len.min(room);
        done(|result| unsafe { io::write(stream, rest.ptr, len, result) })?;
        rest = Span { ptr: rest.ptr.wrapping_add(len), len: rest.len - len };
    }
    done(|result| unsafe { io::blocking_flush(stream, result) })
}

fn write_some(stream: u32, span: Span) -> Result<u32> {
    let len = span.len.min(room(stream)?);
    if len == 0 {
        return Err(again());
    }
    entry::denials().set(0);
    done(|result| unsafe { io::write(stream, span.ptr, len, result) })?;
    done(|result| unsafe { io::flush(stream, result) })?;
    Ok(len as u32)
}

/// "Try again", for an operation that doesn't wait.
///
/// A host on tokio lets one task do only so many operations (128) before all of them claim not to
/// be ready, until the task waits for something. A program that never waits but polls with a
/// timeout of 0 would spin for ever, so after a while without any success we wait for the shortest
/// time there is.
pub fn again() -> Errno {
    let denials = entry::denials();
    denials.set(denials.get() + 1);
    if denials.get() >= 64 {
        denials.set(0);
        unsafe {
            let pollable = clocks::subscribe_duration(1);
            io::block(pollable);
            io::drop_pollable(pollable);
        }
    }
    Errno::AGAIN
}

fn room(stream: u32) -> Result<usize> {
    let mut room = MaybeUninit::<io::Room>::uninit();
    unsafe { io::check_write(stream, room.as_mut_ptr()) }
    let room = unsafe { room.assume_init_ref() };
    match room.failed {
        0 => Ok(room.value.min(u32::MAX as u64) as usize),
        // The variant's case is the first byte of the value, its handle the second half.
        _ => Err(match room.value as u8 {
            1 => Errno::PIPE,
            _ => failure((room.value >> 32) as u32),
        }),
    }
}

fn done(call: impl FnOnce(*mut io::Written)) -> Result {
    let mut written = MaybeUninit::<io::Written>::uninit();
    call(written.as_mut_ptr());
    let written = unsafe { written.assume_init_ref() };
    match (written.failed, written.case as u8) {
        (0, _) => Ok(()),
        (_, 1) => Err(Errno::PIPE),
        _ => Err(failure(written.error)),
    }
}

/// What a stream's error means.
fn failure(error: u32) -> Errno {
    let mut code = filesystem::Byte { failed: 0, value: 0 };
    unsafe {
        filesystem::filesystem_error_code(error, &mut code);
        io::drop_error(error);
    }
    match code.failed {
        // `option`: no code.
        0 => Errno::IO,
        _ => errno::filesystem(code.value),
    }
}
