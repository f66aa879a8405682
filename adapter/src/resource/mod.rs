//! Resources, which a program opens by URL: what Dagger and CommonWA have instead of descriptors.
//!
//! `url` opens them, `http` is requests and answers, `dagger` and `cwa` are the functions that
//! programs import. They have numbers of their own, from 0, since a program may have preview 1
//! beside them.

mod cwa;
mod dagger;
mod entry;
mod host;
mod http;
mod text;
mod url;

use crate::guest;
use crate::iovec::Span;
use crate::stream;
use crate::wasi::io;
use entry::get;

pub use entry::{Entry, Failure, Kind, Result};

/// A URL that the guest gives.
fn given(ptr: u32, len: u32) -> Result<&'static [u8]> {
    match guest::text(ptr, len) {
        Ok(text) => Ok(unsafe { core::slice::from_raw_parts(text.ptr, text.len) }),
        Err(_) => Err(Failure::BadUrl),
    }
}

fn close(number: u32) -> Result {
    clear(get(number)?);
    Ok(())
}

/// Drops all that an entry holds, and makes its number free.
fn clear(entry: &Entry) {
    if entry.input.get() != 0 {
        unsafe { io::drop_input(entry.input.get()) }
    }
    if entry.output.get() != 0 {
        unsafe { io::drop_output(entry.output.get()) }
    }
    http::forget(entry);
    unsafe { core::ptr::write_bytes(entry as *const Entry as *mut u8, 0, size_of::<Entry>()) }
}

/// How many bytes behind those that were read become zeros, as they do in the programs' first
/// hosts.
const CLEARED: usize = 1 << 16;

fn read(number: u32, ptr: u32, len: u32) -> Result<u32> {
    let (entry, start) = (get(number)?, guest::bytes(ptr, len));
    let (input, len) = (entry.input.get(), (len as usize).min(i32::MAX as usize));
    let done = match entry.kind.get() {
        Kind::Log => 0,
        _ if input == 0 => return Err(Failure::Other),
        Kind::Whole | Kind::Zero | Kind::Answer => fill(input, start, len)?,
        kind => match part(input, start, len)? {
            0 if len != 0 && !matches!(kind, Kind::Null | Kind::Descriptor) => {
                return Err(Failure::End);
            }
            done => done,
        },
    };
    unsafe { core::ptr::write_bytes(start.wrapping_add(done), 0, (len - done).min(CLEARED)) }
    Ok(done as u32)
}

/// What there is, once there is something; 0 at the end.
fn part(input: u32, start: *mut u8, len: usize) -> Result<usize> {
    match stream::read_stream(input, Span { ptr: start, len }, true) {
        Ok(done) => Ok(done as usize),
        Err(_) => Err(Failure::Other),
    }
}

/// As much as was asked for, or all that is left.
fn fill(input: u32, start: *mut u8, len: usize) -> Result<usize> {
    let mut done = 0;
    while done < len {
        match part(input, start.wrapping_add(done), len - done) {
            Ok(0) if done == 0 => return Err(Failure::End),
            Ok(0) => break,
            Ok(more) => done += more,
            // The error comes again at the next call.
            Err(_) if done != 0 => break,
            Err(failure) => return Err(failure),
        }
    }
    Ok(done)
}

fn write(number: u32, ptr: u32, len: u32) -> Result<u32> {
    let (entry, start) = (get(number)?, guest::bytes(ptr, len));
    if len > i32::MAX as u32 {
        return Err(Failure::Other);
    }
    let (output, span) = (entry.output.get(), Span { ptr: start, len: len as usize });
    match entry.kind.get() {
        Kind::Http | Kind::Https => http::write(entry, span)?,
        Kind::Zero => {}
        Kind::Answer => return Err(Failure::Other),
        _ if output == 0 => return Err(Failure::Other),
        Kind::Log => line(output, span)?,
        _ => send(output, span)?,
    }
    Ok(len)
}

fn send(output: u32, span: Span) -> Result {
    match span.len {
        0 => Ok(()),
        _ => stream::write_all(output, span).map_err(|_| Failure::Other),
    }
}

/// Writes a line, whose end the program may have left out.
fn line(output: u32, span: Span) -> Result {
    send(output, span)?;
    let mut end = b'\n';
    let ended = span.len != 0 && unsafe { *span.ptr.add(span.len - 1) } == end;
    if ended { Ok(()) } else { send(output, Span { ptr: &mut end, len: 1 }) }
}

fn flush(number: u32) -> Result {
    let entry = get(number)?;
    match entry.kind.get() {
        Kind::Http => http::perform(entry, false),
        Kind::Https => http::perform(entry, true),
        Kind::Answer => Err(Failure::Other),
        // A write is through when it returns.
        _ => Ok(()),
    }
}
