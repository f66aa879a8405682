//! New sockets.

use crate::abi::filetype;
use crate::entry::{Entry, Kind};
use crate::errno::{self, Errno, Result};
use crate::wasi::filesystem::Handle;
use crate::wasi::sockets;
use core::mem::MaybeUninit;

/// `socket_type` of the extension.
pub const DGRAM: u32 = 1;
pub const STREAM: u32 = 2;

/// Makes a socket. Its number is from `take`.
pub fn create(
    kind: u32,
    v6: bool,
    take: impl FnOnce() -> Result<(u32, &'static Entry)>,
) -> Result<(u32, &'static Entry)> {
    let mut result = MaybeUninit::<Handle>::uninit();
    unsafe {
        match kind {
            DGRAM => sockets::create_udp(v6 as u32, result.as_mut_ptr()),
            STREAM => sockets::create_tcp(v6 as u32, result.as_mut_ptr()),
            _ => return Err(Errno::INVAL),
        }
    }
    let result = unsafe { result.assume_init_ref() };
    if result.failed != 0 {
        return Err(errno::network(result.value as u8));
    }
    let kind = if kind == DGRAM { Kind::Udp } else { Kind::Tcp };
    let taken = take();
    match taken {
        Ok((fd, entry)) => {
            fill(entry, kind, result.value, v6);
            Ok((fd, entry))
        }
        Err(full) => {
            unsafe {
                match kind {
                    Kind::Udp => sockets::drop_udp(result.value),
                    _ => sockets::drop_tcp(result.value),
                }
            }
            Err(full)
        }
    }
}

/// What a new entry says of a socket.
pub fn fill(entry: &Entry, kind: Kind, handle: u32, v6: bool) {
    entry.kind.set(kind);
    entry.handle.set(handle);
    entry.v6.set(v6);
    entry
        .filetype
        .set(1 + if kind == Kind::Udp { filetype::SOCKET_DGRAM } else { filetype::SOCKET_STREAM });
}
