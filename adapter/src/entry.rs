//! A descriptor's entry, and the places of all: dense, lowest free number first, as long as their
//! region. What is in them from the start is put there by `table`.

use crate::errno::{Errno, Result};
use crate::layout::{TABLE, TABLE_END, base};
use crate::wasi::sockets;
use core::cell::Cell;

/// What a descriptor is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The number is free. Zeroed memory is a free entry.
    Free,
    Stdin,
    Stdout,
    Stderr,
    /// Opened by path; whether it is a directory is asked when it matters.
    Opened,
    /// A regular file: read and written at an offset.
    File,
    /// A device, a pipe or whatever else has a path: read and written through streams.
    Special,
    Directory,
    Tcp,
    Udp,
    /// A Unix socket, of streams; see `socket/unix.rs`.
    Unix,
}

/// One descriptor. A handle that is 0 isn't there.
#[repr(C, align(64))]
pub struct Entry {
    pub kind: Cell<Kind>,
    /// The file type, plus one; 0 is not known yet.
    pub filetype: Cell<u8>,
    /// `fdflags`.
    pub flags: Cell<u16>,
    /// The `descriptor`.
    pub handle: Cell<u32>,
    /// An `input-stream`; a directory's `directory-entry-stream`.
    pub input: Cell<u32>,
    /// An `output-stream`.
    pub output: Cell<u32>,
    /// Pollables of the streams, kept because programs ask again and again.
    pub readable: Cell<u32>,
    pub writable: Cell<u32>,
    /// The file's position, or the cookie of the directory's next entry.
    pub position: Cell<u64>,
    /// A preopened directory's name; 0 for a directory that the guest opened.
    pub name: Cell<u32>,
    pub name_len: Cell<u32>,
    /// The directory entry that didn't fit into the last buffer.
    pub block: Cell<u32>,
    /// The position is the end of the file, wherever that is now: something was appended.
    pub at_end: Cell<bool>,
    /// A socket's `phase`, family, and the error that SO_ERROR will tell.
    pub phase: Cell<u8>,
    pub v6: Cell<bool>,
    pub error: Cell<u16>,
}

/// A socket has no position and no name; its timeouts, in nanoseconds, lie there.
impl Entry {
    pub fn receive_timeout(&self) -> u64 {
        self.position.get()
    }

    pub fn set_receive_timeout(&self, time: u64) {
        self.position.set(time);
    }

    pub fn send_timeout(&self) -> u64 {
        (self.name_len.get() as u64) << 32 | self.name.get() as u64
    }

    pub fn set_send_timeout(&self, time: u64) {
        self.name.set(time as u32);
        self.name_len.set((time >> 32) as u32);
    }
}

const LIMIT: u32 = ((TABLE_END - TABLE) / size_of::<Entry>() - 1) as u32;
const _: () = assert!(size_of::<Entry>() == 64);

/// The table's own numbers, in the entry that the last number of the region would have.
#[repr(C)]
pub struct Head {
    /// The standard streams and directories are in it.
    pub ready: Cell<bool>,
    /// All numbers from here on are free.
    pub len: Cell<u32>,
    /// All numbers below are taken.
    pub low: Cell<u32>,
    /// The `network`, asked for once.
    network: Cell<u32>,
    /// How often in a row something wasn't ready.
    denials: Cell<u32>,
}

/// The table's own numbers.
pub fn head() -> &'static Head {
    unsafe { &*((base() + TABLE_END - size_of::<Entry>()) as *const Head) }
}

/// The place of a number, which may be free.
pub fn slot(fd: u32) -> &'static Entry {
    unsafe { &*((base() + TABLE + fd as usize * size_of::<Entry>()) as *const Entry) }
}

/// The lowest free number, with an entry whose fields are all zero.
pub fn take() -> Result<(u32, &'static Entry)> {
    let head = head();
    let mut fd = head.low.get();
    while fd < head.len.get() && slot(fd).kind.get() != Kind::Free {
        fd += 1;
    }
    let entry = reserve(fd)?;
    head.low.set(fd + 1);
    Ok((fd, entry))
}

/// The entry of a number of the caller's choice, free or not.
fn reserve(fd: u32) -> Result<&'static Entry> {
    if fd >= LIMIT {
        return Err(Errno::NFILE);
    }
    let head = head();
    if fd >= head.len.get() {
        head.len.set(fd + 1);
    }
    Ok(slot(fd))
}

/// Makes a number free again. What the entry held has been dropped or moved.
pub fn release(fd: u32) {
    let head = head();
    unsafe { core::ptr::write_bytes(slot(fd) as *const Entry as *mut u8, 0, size_of::<Entry>()) }
    head.low.set(head.low.get().min(fd));
}

/// Moves an open descriptor onto a number that holds nothing any more.
pub fn rename(from: u32, to: u32) {
    unsafe { core::ptr::copy_nonoverlapping(slot(from), slot(to) as *const Entry as *mut Entry, 1) }
    release(from);
}

/// How often in a row an operation that doesn't wait found nothing; see `stream::again`.
pub fn denials() -> &'static Cell<u32> {
    &head().denials
}

/// The host's network.
pub fn network() -> u32 {
    let head = head();
    if head.network.get() == 0 {
        head.network.set(unsafe { sockets::instance_network() });
    }
    head.network.get()
}
