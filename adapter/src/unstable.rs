//! `wasi_unstable`, preview 1's predecessor: the four functions whose layouts or numbers differ.

use crate::abi::{Filestat, Subscription};
use crate::errno::{Errno, code};
use crate::file;
use crate::filestat;
use crate::guest;
use crate::poll;

/// `filestat`, with a smaller `nlink`.
#[repr(C)]
struct OldFilestat {
    dev: u64,
    ino: u64,
    filetype: u8,
    nlink: u32,
    size: u64,
    atim: u64,
    mtim: u64,
    ctim: u64,
}

/// `subscription`, with an identifier before the clock's number.
#[repr(C)]
#[derive(Clone, Copy)]
struct OldSubscription {
    userdata: u64,
    tag: u8,
    padding: [u8; 7],
    /// A clock's identifier; a descriptor.
    id: u64,
    clock: u32,
    timeout: u64,
    precision: u64,
    flags: u16,
}

const _: () = assert!(size_of::<OldFilestat>() == 56 && size_of::<OldSubscription>() == 56);

impl poll::Source for OldSubscription {
    fn current(self) -> Subscription {
        let Self { userdata, tag, padding, id, clock, timeout, precision, flags } = self;
        let id = if tag == poll::CLOCK { clock } else { id as u32 };
        Subscription { userdata, tag, padding, id, timeout, precision, flags }
    }
}

#[unsafe(export_name = "fd_seek:unstable")]
extern "C" fn fd_seek(fd: u32, offset: i64, whence: u32, position: u32) -> u32 {
    // CUR, END, SET.
    match whence {
        0..=2 => file::fd_seek(fd, offset, (whence + 1) % 3, position),
        _ => code(Err(Errno::INVAL)),
    }
}

#[unsafe(export_name = "fd_filestat_get:unstable")]
extern "C" fn fd_filestat_get(fd: u32, out: u32) -> u32 {
    code(filestat::of_descriptor(fd).map(|stat| write(stat, out)))
}

#[unsafe(export_name = "path_filestat_get:unstable")]
extern "C" fn path_filestat_get(fd: u32, flags: u32, ptr: u32, len: u32, out: u32) -> u32 {
    code(filestat::of_path(fd, flags, ptr, len).map(|stat| write(stat, out)))
}

#[unsafe(export_name = "poll_oneoff:unstable")]
extern "C" fn poll_oneoff(subscriptions: u32, events: u32, count: u32, used: u32) -> u32 {
    poll::oneoff::<OldSubscription, false>(subscriptions, events, count, used)
}

fn write(stat: Filestat, out: u32) {
    let Filestat { dev, ino, filetype, nlink, size, atim, mtim, ctim } = stat;
    let nlink = u32::try_from(nlink).unwrap_or(u32::MAX);
    guest::write(out, OldFilestat { dev, ino, filetype, nlink, size, atim, mtim, ctim });
}
