//! Bytes of a TCP socket that were looked at before they are received: WASI 0.2 can't look, so we
//! receive and keep them.

use crate::arena;
use crate::entry::Entry;
use crate::errno::{Errno, Result};
use crate::iovec::{Iovecs, Span};
use crate::layout::BLOCK_SIZE;
use crate::stream;

/// At the start of a block; the bytes follow.
#[derive(Clone, Copy)]
#[repr(C)]
struct Kept {
    start: u32,
    end: u32,
}

const ROOM: usize = BLOCK_SIZE - size_of::<Kept>();

fn kept(block: u32) -> *mut Kept {
    block as *mut Kept
}

fn bytes(block: u32) -> *mut u8 {
    (block as usize + size_of::<Kept>()) as *mut u8
}

/// How many bytes are kept.
pub fn len(entry: &Entry) -> u32 {
    match entry.block.get() {
        0 => 0,
        block => {
            let kept = unsafe { kept(block).read() };
            kept.end - kept.start
        }
    }
}

/// Shows the guest what comes next, and keeps it.
pub fn look(entry: &Entry, iovecs: Iovecs) -> Result<u32> {
    if len(entry) == 0 {
        let block = arena::take_block().ok_or(Errno::NOMEM)?;
        let read =
            stream::read_span(entry, entry.input.get(), Span { ptr: bytes(block), len: ROOM });
        match read {
            Ok(read) if read != 0 => {
                unsafe { kept(block).write(Kept { start: 0, end: read }) }
                entry.block.set(block);
            }
            nothing => {
                arena::free_block(block);
                return nothing;
            }
        }
    }
    Ok(copy(entry, iovecs))
}

/// Gives the guest what was kept.
pub fn take(entry: &Entry, iovecs: Iovecs) -> u32 {
    let len = copy(entry, iovecs);
    let block = entry.block.get();
    let mut now = unsafe { kept(block).read() };
    now.start += len;
    match now.start == now.end {
        true => {
            arena::free_block(block);
            entry.block.set(0);
        }
        false => unsafe { kept(block).write(now) },
    }
    len
}

fn copy(entry: &Entry, iovecs: Iovecs) -> u32 {
    let block = entry.block.get();
    let from = unsafe { bytes(block).add(kept(block).read().start as usize) };
    let len = iovecs.total().min(len(entry) as usize);
    iovecs.scatter(from, len);
    len as u32
}
