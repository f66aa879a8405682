//! Unix sockets, through what hosts of ours open by URL: streams in the program's own directories.
//!
//! Only the form of the adapter for such hosts has them; elsewhere they are `ENOTSUP`. The host
//! binds and listens in one, so a peer that connects before `sock_listen` waits. A socket knows one
//! path, in a block at `Entry::name`: a listener's own, a client's peer's.

use super::address::{TAGGED, UNIX};
use super::{blocking, phase, wait};
use crate::abi::filetype;
use crate::arena;
use crate::errno::{Errno, Result};
use crate::guest;
use crate::iovec::Span;
use crate::layout::BLOCK_SIZE;
use crate::table::{self, Entry, Kind};
use crate::wasi::forebay::{self, Opened};
use crate::wasi::io;
use core::mem::MaybeUninit;

/// Whether a descriptor is one. Without the form for hosts of ours nothing is.
#[inline(always)]
pub fn is(entry: &Entry) -> bool {
    cfg!(feature = "preopens") && entry.kind.get() == Kind::Unix
}

/// What the system's `sun_path` holds.
const LONGEST: usize = 108;
const _: () = assert!(LONGEST <= BLOCK_SIZE);

pub fn create(kind: u32) -> Result<u32> {
    if !cfg!(feature = "preopens") || kind != super::create::STREAM {
        return Err(Errno::NOTSUP);
    }
    let (fd, entry) = table::take()?;
    fill(entry);
    Ok(fd)
}

fn fill(entry: &Entry) {
    entry.kind.set(Kind::Unix);
    entry.filetype.set(1 + filetype::SOCKET_STREAM);
}

/// The path in a guest's address structure, up to its zero.
fn path(address: u32) -> Result<Span> {
    let [buf, len]: [u32; 2] = guest::read(address);
    if len != TAGGED {
        return Err(Errno::INVAL);
    }
    if guest::read::<u16>(buf) != UNIX {
        return Err(Errno::AFNOSUPPORT);
    }
    let ptr = guest::bytes(buf.wrapping_add(2), TAGGED - 2);
    let mut len = 0;
    while len < LONGEST && unsafe { ptr.add(len).read() } != 0 {
        len += 1;
    }
    match len {
        // The system would choose a name that is no path.
        0 => Err(Errno::INVAL),
        LONGEST => Err(Errno::NAMETOOLONG),
        _ => Ok(Span { ptr, len }),
    }
}

/// Has the host open the URL of a path.
fn open(path: Span, call: unsafe extern "C" fn(*const u8, usize, *mut Opened)) -> Result<u32> {
    let (url, _) = arena::scratch();
    let mut len = 0;
    let mut put = |byte: u8| {
        unsafe { url.add(len).write(byte) }
        len += 1;
    };
    // Byte by byte: an adapter has no data.
    (put(b'u'), put(b'n'), put(b'i'), put(b'x'), put(b':'));
    let mut index = 0;
    while index < path.len {
        match unsafe { path.ptr.add(index).read() } {
            // What a URL would take for something else.
            byte @ (b'%' | b'?' | b'#') => {
                let low = byte & 15;
                (put(b'%'), put(b'0' + (byte >> 4)));
                put(if low < 10 { b'0' + low } else { b'A' - 10 + low });
            }
            byte => put(byte),
        }
        index += 1;
    }
    handle(len, |result| unsafe { call(url, len, result) })
}

/// A handle; the text of an error goes to the arena behind its first `used` bytes.
fn handle(used: usize, call: impl FnOnce(*mut Opened)) -> Result<u32> {
    let mut opened = MaybeUninit::<Opened>::uninit();
    arena::open_after(used);
    call(opened.as_mut_ptr());
    let opened = unsafe { opened.assume_init_ref() };
    match (opened.failed, opened.handle_or_case as u8) {
        (0, _) => Ok(opened.handle_or_case),
        (_, 2) => Err(Errno::ACCES),
        (_, 3) => Err(Errno::NOENT),
        (_, 4) => Err(Errno::CONNREFUSED),
        (_, 5) => Err(Errno::TIMEDOUT),
        (_, 6) => Err(Errno::CONNRESET),
        (_, 0) => Err(Errno::INVAL),
        _ => Err(Errno::IO),
    }
}

/// Remembers a path for `sock_getlocaladdr` or `sock_getpeeraddr`.
fn remember(entry: &Entry, path: Span) {
    if let Some(block) = arena::take_block() {
        unsafe { core::ptr::copy(path.ptr, block as *mut u8, path.len) }
        entry.name.set(block);
        entry.name_len.set(path.len as u32);
    }
}

pub fn bind(entry: &Entry, address: u32) -> Result {
    if entry.phase.get() != phase::NEW {
        return Err(Errno::INVAL);
    }
    let path = path(address)?;
    let listener = open(path, forebay::listen).map_err(|errno| match errno {
        // Nobody else can refuse it: something has that name.
        Errno::CONNREFUSED => Errno::ADDRINUSE,
        other => other,
    })?;
    entry.handle.set(listener);
    entry.phase.set(phase::BOUND);
    remember(entry, path);
    Ok(())
}

pub fn listen(entry: &Entry) -> Result {
    match entry.phase.get() {
        phase::BOUND | phase::LISTENING => Ok(entry.phase.set(phase::LISTENING)),
        phase::NEW => Err(Errno::DESTADDRREQ),
        _ => Err(Errno::INVAL),
    }
}

pub fn connect(entry: &Entry, address: u32) -> Result {
    match entry.phase.get() {
        phase::NEW => {}
        phase::CONNECTED => return Err(Errno::ISCONN),
        _ => return Err(Errno::INVAL),
    }
    let path = path(address)?;
    join(entry, open(path, forebay::dial)?)?;
    remember(entry, path);
    Ok(())
}

/// Makes a socket the end of a connection.
fn join(entry: &Entry, connection: u32) -> Result {
    entry.handle.set(connection);
    entry.phase.set(phase::CONNECTED);
    entry.input.set(handle(0, |result| unsafe { forebay::input(connection, result) })?);
    entry.output.set(handle(0, |result| unsafe { forebay::output(connection, result) })?);
    Ok(())
}

/// Accepts a connection; its descriptor.
pub fn accept(entry: &Entry, flags: u32) -> Result<u32> {
    if entry.phase.get() != phase::LISTENING {
        return Err(Errno::INVAL);
    }
    let listener = entry.handle.get();
    if !blocking(entry) && wait(unsafe { forebay::subscribe_listener(listener) }, 1).is_err() {
        return Err(Errno::AGAIN);
    }
    let (fd, new) = table::take()?;
    fill(new);
    new.flags.set(flags as u16);
    let joined = handle(0, |result| unsafe { forebay::accept(listener, result) })
        .and_then(|connection| join(new, connection));
    if let Err(errno) = joined {
        drop(new);
        table::release(fd);
        return Err(errno);
    }
    Ok(fd)
}

pub fn subscribe(entry: &Entry) -> u32 {
    unsafe { forebay::subscribe_listener(entry.handle.get()) }
}

/// `how` is `sdflags`. Only the end of what is sent can be told.
pub fn shutdown(entry: &Entry, how: u32) -> Result {
    super::connected(entry)?;
    if how & 2 != 0 {
        let mut opened = MaybeUninit::<Opened>::uninit();
        arena::open();
        unsafe { forebay::finish(entry.handle.get(), opened.as_mut_ptr()) }
        if unsafe { opened.assume_init_ref() }.failed != 0 {
            return Err(Errno::PIPE);
        }
    }
    Ok(())
}

/// Writes an end's name to the guest's address structure: its path, or none.
pub fn write_name(entry: &Entry, own: bool, address: u32, port: u32) -> Result {
    let listens = matches!(entry.phase.get(), phase::BOUND | phase::LISTENING);
    if !own {
        super::connected(entry)?;
    }
    let [buf, room]: [u32; 2] = guest::read(address);
    if room < TAGGED {
        return Err(Errno::INVAL);
    }
    let len = if own == listens { entry.name_len.get() } else { 0 };
    guest::write(buf, UNIX);
    guest::copy_out(buf.wrapping_add(2), entry.name.get() as *const u8, len);
    guest::write(buf.wrapping_add(2 + len), 0u8);
    guest::write(port, 0u32);
    Ok(())
}

/// Drops what a socket holds, streams first.
pub fn drop(entry: &Entry) {
    super::each(entry.input.get(), io::drop_input);
    super::each(entry.output.get(), io::drop_output);
    match entry.phase.get() {
        phase::CONNECTED => super::each(entry.handle.get(), forebay::drop_connection),
        _ => super::each(entry.handle.get(), forebay::drop_listener),
    }
    arena::free_block(entry.name.get());
}
