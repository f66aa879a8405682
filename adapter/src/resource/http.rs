//! HTTP: a program writes a request, flushes it, and reads the answer. Both are text, as they go
//! over the wire.
//!
//! The request is kept in blocks until then. It goes to the URL's host, or where the URL has none
//! to the one in its `Host` header. Answers end with the connection, so whatever the request says
//! about that is replaced. Its lines may end without a carriage return, and what follows its head
//! is sent only if the head says that something does.

use super::text::{Builder, Word, split};
use super::{Entry, Failure, Kind, Result, host};
use crate::arena;
use crate::iovec::Span;
use crate::layout::BLOCK_SIZE;
use crate::stream;
use crate::wasi::io;
use core::cell::Cell;

const CONNECTION: Word = Word::of(b"connection");
const KEEP_ALIVE: Word = Word::of(b"keep-alive");
const HOST: Word = Word::of(b"host");
const LENGTH: Word = Word::of(b"content-length");
const ENCODING: Word = Word::of(b"transfer-encoding");
const CLOSE: Word = Word::of(b"connection: close\r\n\r\n");
const TCP: Word = Word::of(b"tcp://");
const TLS: Word = Word::of(b"tls://");
const PORT: Word = Word::of(b":80");
const TLS_PORT: Word = Word::of(b":443");

/// The longest authority of a URL: the longest name, a port, and some.
const AUTHORITY: usize = 300;

/// A part of a request.
#[repr(C)]
struct Block {
    next: Cell<u32>,
    len: Cell<u32>,
    data: [Cell<u8>; ROOM],
}

const ROOM: usize = BLOCK_SIZE - 8;

fn block(address: u32) -> Option<&'static Block> {
    match address {
        0 => None,
        _ => Some(unsafe { &*(address as *const Block) }),
    }
}

fn take() -> Result<u32> {
    let address = arena::take_block().ok_or(Failure::Other)?;
    if let Some(block) = block(address) {
        block.next.set(0);
        block.len.set(0);
    }
    Ok(address)
}

/// Begins a request to `authority`, with which its first block begins.
pub fn begin(entry: &Entry, authority: &[u8]) -> Result {
    // A user's name and password are for the header that the program writes.
    let (user, host) = split(authority, |byte| byte == b'@');
    let host = if host.is_empty() { user } else { &host[1..] };
    if host.len() > AUTHORITY {
        return Err(Failure::BadUrl);
    }
    entry.request.set(take()?);
    entry.authority.set(host.len() as u16);
    write(entry, Span { ptr: host.as_ptr().cast_mut(), len: host.len() })
}

/// Adds to the request: all of it or, if there is no room, nothing.
pub fn write(entry: &Entry, span: Span) -> Result {
    let Some(mut tail) = block(entry.request.get()) else { return Err(Failure::Other) };
    while let Some(next) = block(tail.next.get()) {
        tail = next;
    }
    let (last, before) = (tail, tail.len.get());
    let mut done = 0;
    while done < span.len {
        let used = tail.len.get() as usize;
        if used == ROOM {
            let Ok(next) = take() else {
                free(last.next.replace(0));
                last.len.set(before);
                return Err(Failure::Other);
            };
            tail.next.set(next);
            tail = block(next).ok_or(Failure::Other)?;
            continue;
        }
        let len = (span.len - done).min(ROOM - used);
        let target = tail.data.as_ptr().wrapping_add(used).cast::<u8>().cast_mut();
        unsafe { core::ptr::copy_nonoverlapping(span.ptr.wrapping_add(done), target, len) }
        tail.len.set((used + len) as u32);
        done += len;
    }
    Ok(())
}

/// Gives up the request.
pub fn forget(entry: &Entry) {
    free(entry.request.replace(0));
}

fn free(mut address: u32) {
    while let Some(first) = block(address) {
        arena::free_block(core::mem::replace(&mut address, first.next.get()));
    }
}

/// Sends the request; then the resource is its answer.
pub fn perform(entry: &Entry, tls: bool) -> Result {
    let mut whole = Builder::after(0);
    let mut address = entry.request.get();
    while let Some(part) = block(address) {
        whole.bytes(unsafe {
            core::slice::from_raw_parts(part.data.as_ptr().cast(), part.len.get() as usize)
        })?;
        address = part.next.get();
    }
    let (start, len) = whole.text(0);
    let whole = unsafe { core::slice::from_raw_parts(start, len) };
    let (authority, written) = whole.split_at(entry.authority.get() as usize);

    let mut request = Builder::after(len);
    let named = rewrite(written, &mut request)?;
    let to_send = request.text(0);
    let from = request.len();
    request.word(if tls { TLS } else { TCP })?;
    let authority = if authority.is_empty() { named } else { authority };
    request.bytes(authority)?;
    if !has_port(authority) {
        request.word(if tls { TLS_PORT } else { PORT })?;
    }
    arena::open_after(len + request.len());
    let (input, output) = host::dial(request.text(from))?;
    if stream::write_all(output, Span { ptr: to_send.0.cast_mut(), len: from }).is_err() {
        unsafe {
            io::drop_input(input);
            io::drop_output(output);
        }
        return Err(Failure::Other);
    }
    forget(entry);
    entry.input.set(input);
    // Kept, since a server may take an end for a wish to be left alone.
    entry.output.set(output);
    entry.kind.set(Kind::Answer);
    Ok(())
}

/// Writes the request as it is to be sent, and gives the host that it names.
fn rewrite<'a>(mut rest: &'a [u8], to: &mut Builder) -> Result<&'a [u8]> {
    let (mut host, mut first, mut has_body): (&[u8], bool, bool) = (&[], true, false);
    loop {
        let (line, after) = split(rest, |byte| byte == b'\n');
        // There is no end of the head yet.
        let [_, after @ ..] = after else { return Err(Failure::Other) };
        rest = after;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (name, value) = split(line, |byte| byte == b':');
        if line.is_empty() {
            break;
        } else if !first && (CONNECTION.is(name) || KEEP_ALIVE.is(name)) {
            continue;
        }
        if !first && HOST.is(name) {
            host = value.get(1..).unwrap_or_default().trim_ascii();
        }
        has_body |= !first && (LENGTH.is(name) || ENCODING.is(name));
        first = false;
        to.bytes(line)?;
        to.byte(b'\r')?;
        to.byte(b'\n')?;
    }
    if first {
        return Err(Failure::Other);
    }
    to.word(CLOSE)?;
    if has_body {
        to.bytes(rest)?;
    }
    Ok(host)
}

/// Whether a port follows the host, which may be an IPv6 address in brackets.
fn has_port(authority: &[u8]) -> bool {
    let mut port = authority;
    while let (_, [b']', after @ ..]) = split(port, |byte| byte == b']') {
        port = after;
    }
    !split(port, |byte| byte == b':').1.is_empty()
}
