//! The descriptor table, as functions of preview 1 see it: what is open from the start is there.

use crate::arena;
use crate::entry::{self, Head, head, slot};
use crate::errno::{Errno, Result};
use crate::wasi::filesystem;

pub use crate::entry::{Entry, Kind, network, release, rename};

/// The open descriptor `fd`.
pub fn get(fd: u32) -> Result<&'static Entry> {
    let head = head();
    if !head.ready.get() {
        fill(head);
    }
    if fd >= head.len.get() || slot(fd).kind.get() == Kind::Free {
        return Err(Errno::BADF);
    }
    Ok(slot(fd))
}

/// The lowest free number, with an entry whose fields are all zero.
pub fn take() -> Result<(u32, &'static Entry)> {
    let head = head();
    if !head.ready.get() {
        fill(head);
    }
    entry::take()
}

/// Standard streams and preopened directories, at the first call that needs a descriptor.
#[inline(never)]
fn fill(head: &Head) {
    head.ready.set(true);
    slot(0).kind.set(Kind::Stdin);
    slot(1).kind.set(Kind::Stdout);
    slot(2).kind.set(Kind::Stderr);
    head.len.set(3);
    head.low.set(3);
    #[cfg(feature = "preopens")]
    crate::socket::preopen::open(true);
    let mut list = [0; 2];
    arena::open();
    unsafe { filesystem::get_directories(&mut list) }
    arena::keep();
    let [start, count] = list;
    let mut index = 0;
    while index < count {
        let [handle, name, name_len] =
            unsafe { (start as *const [u32; 3]).add(index as usize).read() };
        match entry::take() {
            Ok((_, entry)) => {
                entry.kind.set(Kind::Directory);
                entry.handle.set(handle);
                entry.name.set(name);
                entry.name_len.set(name_len);
            }
            Err(_) => unsafe { filesystem::drop_descriptor(handle) },
        }
        index += 1;
    }
    #[cfg(feature = "preopens")]
    crate::socket::preopen::open(false);
}
