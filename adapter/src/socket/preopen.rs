//! Sockets that are open when a program starts: a form of the adapter by itself, since only hosts
//! of ours name them.

use super::address::Address;
use super::create::{STREAM, create};
use super::{done, phase, wait};
use crate::abi::fdflags::NONBLOCK;
use crate::arena;
use crate::entry::{self, Entry};
use crate::errno::{Errno, Result};
use crate::wasi::preview1::{self, Preopened, Socket};
use crate::wasi::sockets;
use core::mem::MaybeUninit;

/// Opens them if their turn is `before` the directories, or after.
pub fn open(before: bool) {
    let mut list = Preopened { before_directories: 0, sockets: 0, len: 0 };
    arena::open();
    unsafe { preview1::sockets(&mut list) }
    if (list.before_directories != 0) != before {
        return;
    }
    let mut number = 0;
    while number < list.len {
        // Nothing below uses the arena, where the list is.
        let socket = unsafe { &*(list.sockets as *const Socket).add(number as usize) };
        let address = Address::load(&socket.address);
        match create(STREAM, address.v6, entry::take) {
            Ok((_, entry)) => {
                if start(entry, socket, address).is_err() {
                    fail(number, entry.error.get() as u32);
                }
                entry.flags.set(if socket.nonblocking != 0 { NONBLOCK } else { 0 });
                // Who looks for directories passes over it.
                entry.at_end.set(before);
                tell(number, entry);
            }
            Err(_) => fail(number, UNKNOWN),
        }
        number += 1;
    }
}

/// `error-code` of `wasi:sockets/network`.
const UNKNOWN: u32 = 0;
const WOULD_BLOCK: u8 = 8;

/// Listens or connects, and waits for that. An error's code is left in the entry.
fn start(entry: &Entry, socket: &Socket, to: Address) -> Result {
    let (handle, network) = (entry.handle.get(), entry::network());
    let to = if socket.connect != 0 { to.destination() } else { to };
    let [case, a, b, c, d, e, f, g, h, i, j, k] = to.flat();
    if socket.connect != 0 {
        step(entry, |r| unsafe {
            sockets::tcp_start_connect(handle, network, case, a, b, c, d, e, f, g, h, i, j, k, r)
        })?;
        loop {
            let mut result = MaybeUninit::<sockets::Handles>::uninit();
            unsafe { sockets::tcp_finish_connect(handle, result.as_mut_ptr()) }
            let result = unsafe { result.assume_init_ref() };
            match (result.failed, result.values[0] as u8) {
                (0, _) => {
                    entry.input.set(result.values[0]);
                    entry.output.set(result.values[1]);
                    entry.phase.set(phase::CONNECTED);
                    return Ok(());
                }
                (_, WOULD_BLOCK) => wait(unsafe { sockets::subscribe_tcp(handle) }, 0)?,
                (_, code) => {
                    entry.error.set(code as u16);
                    return Err(Errno::IO);
                }
            }
        }
    }
    step(entry, |r| unsafe {
        sockets::tcp_start_bind(handle, network, case, a, b, c, d, e, f, g, h, i, j, k, r)
    })?;
    step(entry, |r| unsafe { sockets::tcp_finish_bind(handle, r) })?;
    // A host that won't have this backlog has one of its own.
    let _ = done(|r| unsafe { sockets::tcp_set_backlog(handle, socket.backlog as u64, r) });
    step(entry, |r| unsafe { sockets::tcp_start_listen(handle, r) })?;
    step(entry, |r| unsafe { sockets::tcp_finish_listen(handle, r) })?;
    entry.phase.set(phase::LISTENING);
    Ok(())
}

fn step(entry: &Entry, call: impl Fn(*mut crate::wasi::filesystem::Byte)) -> Result {
    loop {
        let mut result = crate::wasi::filesystem::Byte { failed: 0, value: 0 };
        call(&mut result);
        match (result.failed, result.value) {
            (0, _) => return Ok(()),
            (_, WOULD_BLOCK) => wait(unsafe { sockets::subscribe_tcp(entry.handle.get()) }, 0)?,
            (_, code) => {
                entry.error.set(code as u16);
                return Err(Errno::IO);
            }
        }
    }
}

fn tell(number: u32, entry: &Entry) {
    let mut result = MaybeUninit::<sockets::Address>::uninit();
    unsafe { sockets::tcp_local_address(entry.handle.get(), result.as_mut_ptr()) }
    let result = unsafe { result.assume_init_ref() };
    if result.failed == 0 {
        let [case, a, b, c, d, e, f, g, h, i, j, k] = Address::load(&result.address).flat();
        unsafe { preview1::opened(number, case, a, b, c, d, e, f, g, h, i, j, k) }
    }
}

fn fail(number: u32, code: u32) {
    unsafe { preview1::failed(number, code) }
    core::arch::wasm32::unreachable()
}
