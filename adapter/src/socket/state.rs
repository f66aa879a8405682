//! How far a socket has come, and waiting for it to come further.

use crate::abi::fdflags::NONBLOCK;
use crate::arena;
use crate::entry::Entry;
use crate::errno::{self, Errno, Result};
use crate::wasi::filesystem::Byte;
use crate::wasi::{clocks, io, sockets};
use core::mem::MaybeUninit;

/// How far a socket has come, in `Entry::phase`.
pub mod phase {
    pub const NEW: u8 = 0;
    pub const BOUND: u8 = 1;
    pub const CONNECTING: u8 = 2;
    pub const CONNECTED: u8 = 3;
    pub const LISTENING: u8 = 4;
    /// A connect failed; why is in `Entry::error` until somebody asks.
    pub const FAILED: u8 = 5;
}

#[inline(always)]
pub fn each(handle: u32, drop: unsafe extern "C" fn(u32)) {
    if handle != 0 {
        unsafe { drop(handle) }
    }
}

/// Pollables belong to what they watch; that changes when a socket connects.
pub fn forget_pollables(entry: &Entry) {
    each(entry.readable.replace(0), io::drop_pollable);
    each(entry.writable.replace(0), io::drop_pollable);
}

/// Takes a connection as far as it goes without waiting.
pub fn settle(entry: &Entry) -> Result {
    if entry.phase.get() == phase::CONNECTING {
        let mut result = MaybeUninit::<sockets::Handles>::uninit();
        unsafe { sockets::tcp_finish_connect(entry.handle.get(), result.as_mut_ptr()) }
        let result = unsafe { result.assume_init_ref() };
        match result.failed {
            0 => {
                forget_pollables(entry);
                entry.input.set(result.values[0]);
                entry.output.set(result.values[1]);
                entry.phase.set(phase::CONNECTED);
            }
            _ => match errno::network(result.values[0] as u8) {
                Errno::AGAIN => return Err(Errno::AGAIN),
                failure => {
                    entry.phase.set(phase::FAILED);
                    entry.error.set(failure.0);
                }
            },
        }
    }
    Ok(())
}

/// The streams of a connected socket, or why there are none.
pub fn connected(entry: &Entry) -> Result {
    settle(entry)?;
    match (entry.phase.get(), entry.error.replace(0)) {
        (phase::CONNECTED, _) => Ok(()),
        (phase::FAILED, errno) if errno != 0 => Err(Errno(errno)),
        _ => Err(Errno::NOTCONN),
    }
}

/// Waits for a pollable, which is dropped, no longer than `timeout` nanoseconds if that isn't 0.
pub fn wait(pollable: u32, timeout: u64) -> Result {
    if timeout == 0 {
        unsafe {
            io::block(pollable);
            io::drop_pollable(pollable);
        }
        return Ok(());
    }
    let pollables = [pollable, unsafe { clocks::subscribe_duration(timeout) }];
    let mut ready = [0; 2];
    // The answer has at most two words.
    let mut answer = [0u32; 2];
    arena::open_at(answer.as_mut_ptr().cast(), 8);
    unsafe {
        io::poll(pollables.as_ptr(), 2, &mut ready);
        io::drop_pollable(pollables[0]);
        io::drop_pollable(pollables[1]);
    }
    let first = unsafe { core::ptr::read_volatile(&raw const answer[0]) };
    match first {
        0 => Ok(()),
        _ => Err(Errno::AGAIN),
    }
}

pub fn blocking(entry: &Entry) -> bool {
    entry.flags.get() & NONBLOCK == 0
}

/// A result without a value.
pub fn done(call: impl FnOnce(*mut Byte)) -> Result {
    let mut result = Byte { failed: 0, value: 0 };
    call(&mut result);
    match result.failed {
        0 => Ok(()),
        _ => Err(errno::network(result.value)),
    }
}
