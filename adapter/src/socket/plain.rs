//! The standard's socket functions for a program that has no sockets: every descriptor is something
//! else.

use crate::errno::{Errno, code};
use crate::table;

fn refuse(fd: u32) -> u32 {
    code(table::get(fd).and(Err(Errno::NOTSOCK)))
}

#[unsafe(no_mangle)]
extern "C" fn sock_accept(fd: u32, _flags: u32, _accepted: u32) -> u32 {
    refuse(fd)
}

#[unsafe(no_mangle)]
extern "C" fn sock_recv(
    fd: u32,
    _iovecs: u32,
    _count: u32,
    _flags: u32,
    _read: u32,
    _found: u32,
) -> u32 {
    refuse(fd)
}

#[unsafe(no_mangle)]
extern "C" fn sock_send(fd: u32, _iovecs: u32, _count: u32, _flags: u32, _written: u32) -> u32 {
    refuse(fd)
}

#[unsafe(no_mangle)]
extern "C" fn sock_shutdown(fd: u32, _how: u32) -> u32 {
    refuse(fd)
}
