//! Bytes and datagrams: receive and send, and the reads and writes of a program that takes sockets
//! for files.

use super::address::Address;
use super::bind::bind;
use super::{blocking, connected, forget_pollables, get, peek, phase, unix, wait};
use crate::arena;
use crate::errno::{self, Errno, Result, code};
use crate::guest;
use crate::iovec::{Iovecs, Span};
use crate::stream;
use crate::table::{Entry, Kind};
use crate::wasi::filesystem::Size;
use crate::wasi::{io, sockets};
use core::mem::MaybeUninit;

/// `roflags`: a datagram was longer than the buffers.
const TRUNCATED: u16 = 1;

#[unsafe(export_name = "sock_recv:sockets")]
extern "C" fn sock_recv(
    fd: u32,
    iovecs: u32,
    count: u32,
    flags: u32,
    read: u32,
    found: u32,
) -> u32 {
    code((|| {
        let (len, flags, _) = receive(get(fd)?, Iovecs::new(iovecs, count), flags)?;
        guest::write(read, len);
        guest::write(found, flags);
        Ok(())
    })())
}

#[unsafe(export_name = "sock_send:sockets")]
extern "C" fn sock_send(fd: u32, iovecs: u32, count: u32, flags: u32, written: u32) -> u32 {
    code((|| {
        if flags != 0 {
            return Err(Errno::INVAL);
        }
        let entry = get(fd)?;
        guest::write(written, send(entry, Iovecs::new(iovecs, count), None)?);
        Ok(())
    })())
}

/// Version 1: the sender's octets, and neither its family nor its port.
#[unsafe(export_name = "sock_recv_from:v1")]
extern "C" fn sock_recv_from_v1(
    fd: u32,
    iovecs: u32,
    count: u32,
    address: u32,
    flags: u32,
    read: u32,
    found: u32,
) -> u32 {
    code((|| {
        let (len, flags, from) = receive(get(fd)?, Iovecs::new(iovecs, count), flags)?;
        if let (Some(from), true) = (from, address != 0) {
            from.write_octets(address)?;
        }
        guest::write(read, len);
        guest::write(found, flags);
        Ok(())
    })())
}

/// Version 2. The port is in host order, which is how every client reads it.
#[unsafe(no_mangle)]
extern "C" fn sock_recv_from(
    fd: u32,
    iovecs: u32,
    count: u32,
    address: u32,
    flags: u32,
    port: u32,
    read: u32,
    found: u32,
) -> u32 {
    code((|| {
        let (len, flags, from) = receive(get(fd)?, Iovecs::new(iovecs, count), flags)?;
        if let (Some(from), true) = (from, address != 0) {
            from.write(address)?;
            guest::write(port, from.port as u32);
        }
        guest::write(read, len);
        guest::write(found, flags);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn sock_send_to(
    fd: u32,
    iovecs: u32,
    count: u32,
    address: u32,
    port: u32,
    flags: u32,
    written: u32,
) -> u32 {
    code((|| {
        if flags != 0 {
            return Err(Errno::INVAL);
        }
        let entry = get(fd)?;
        if unix::is(entry) {
            connected(entry)?;
            return Err(Errno::ISCONN);
        }
        let to = Address::read(address, port)?;
        guest::write(written, send(entry, Iovecs::new(iovecs, count), Some(to))?);
        Ok(())
    })())
}

#[unsafe(export_name = "fd_read:sockets")]
extern "C" fn fd_read(fd: u32, iovecs: u32, count: u32, read: u32) -> u32 {
    match get(fd) {
        Ok(entry) => code((|| {
            guest::write(read, receive(entry, Iovecs::new(iovecs, count), 0)?.0);
            Ok(())
        })()),
        Err(_) => crate::file::fd_read(fd, iovecs, count, read),
    }
}

#[unsafe(export_name = "fd_write:sockets")]
extern "C" fn fd_write(fd: u32, iovecs: u32, count: u32, written: u32) -> u32 {
    match get(fd) {
        Ok(entry) => code((|| {
            guest::write(written, send(entry, Iovecs::new(iovecs, count), None)?);
            Ok(())
        })()),
        Err(_) => crate::file::fd_write(fd, iovecs, count, written),
    }
}

/// How many bytes, `roflags`, and who sent them if they came as a datagram.
pub fn receive(entry: &Entry, iovecs: Iovecs, flags: u32) -> Result<(u32, u16, Option<Address>)> {
    const PEEK: u32 = 1;
    const WAITALL: u32 = 2;
    if flags & !(PEEK | WAITALL) != 0 {
        return Err(Errno::INVAL);
    }
    if entry.kind.get() == Kind::Udp {
        if flags & PEEK != 0 {
            return Err(Errno::NOTSUP);
        }
        return receive_datagram(entry, iovecs);
    }
    connected(entry)?;
    if peek::len(entry) == 0 && blocking(entry) && entry.receive_timeout() != 0 {
        wait(unsafe { io::subscribe_input(entry.input.get()) }, entry.receive_timeout())?;
    }
    if flags & PEEK != 0 {
        return Ok((peek::look(entry, iovecs)?, 0, None));
    }
    if peek::len(entry) != 0 {
        return Ok((peek::take(entry, iovecs), 0, None));
    }
    let (place, stream) = (iovecs.target(), entry.input.get());
    let target = place.span;
    let mut len = stream::read_span(entry, stream, target)? as usize;
    while flags & WAITALL != 0 && len != 0 && len < target.len && blocking(entry) {
        let rest = Span { ptr: target.ptr.wrapping_add(len), len: target.len - len };
        match stream::read_span(entry, stream, rest)? {
            0 => break,
            more => len += more as usize,
        }
    }
    place.scatter(len);
    Ok((len as u32, 0, None))
}

fn receive_datagram(entry: &Entry, iovecs: Iovecs) -> Result<(u32, u16, Option<Address>)> {
    streams(entry)?;
    loop {
        let mut result = MaybeUninit::<sockets::Datagrams>::uninit();
        arena::open();
        unsafe { sockets::udp_receive(entry.input.get(), 1, result.as_mut_ptr()) }
        let result = unsafe { result.assume_init_ref() };
        match (result.failed, result.len) {
            (0, 0) if blocking(entry) => {
                wait(
                    unsafe { sockets::subscribe_incoming(entry.input.get()) },
                    entry.receive_timeout(),
                )?;
            }
            (0, 0) => return Err(stream::again()),
            (0, _) => {
                let datagram = unsafe { &*(result.list as *const sockets::Incoming) };
                let len = iovecs.total().min(datagram.len as usize);
                let flags = if len < datagram.len as usize { TRUNCATED } else { 0 };
                let from = Address::load(&datagram.from);
                iovecs.scatter(datagram.data as *const u8, len);
                return Ok((len as u32, flags, Some(from)));
            }
            _ => return Err(errno::network(result.list as u8)),
        }
    }
}

pub fn send(entry: &Entry, iovecs: Iovecs, to: Option<Address>) -> Result<u32> {
    if entry.kind.get() == Kind::Udp {
        return send_datagram(entry, iovecs, to);
    }
    connected(entry)?;
    if to.is_some() {
        return Err(Errno::ISCONN);
    }
    if !unix::is(entry) && blocking(entry) && entry.send_timeout() != 0 {
        wait(unsafe { io::subscribe_output(entry.output.get()) }, entry.send_timeout())?;
    }
    stream::write(entry, iovecs)
}

fn send_datagram(entry: &Entry, iovecs: Iovecs, to: Option<Address>) -> Result<u32> {
    streams(entry)?;
    match (to, entry.phase.get()) {
        (None, phase::CONNECTED) | (Some(_), phase::BOUND) => {}
        (None, _) => return Err(Errno::DESTADDRREQ),
        _ => return Err(Errno::ISCONN),
    }
    let span = iovecs.gather();
    let datagram = sockets::Outgoing {
        data: span.ptr,
        len: span.len,
        to_some: to.is_some() as u32,
        to: to.map_or([0; 8], |to| to.destination().store()),
    };
    loop {
        let result = match size(|r| unsafe { sockets::udp_check_send(entry.output.get(), r) })? {
            0 => 0,
            _ => size(|r| unsafe { sockets::udp_send(entry.output.get(), &datagram, 1, r) })?,
        };
        match result {
            0 if blocking(entry) => {
                wait(
                    unsafe { sockets::subscribe_outgoing(entry.output.get()) },
                    entry.send_timeout(),
                )?;
            }
            0 => return Err(stream::again()),
            _ => return Ok(span.len as u32),
        }
    }
}

pub fn size(call: impl FnOnce(*mut Size)) -> Result<u64> {
    let mut result = Size { failed: 0, value: 0 };
    call(&mut result);
    match result.failed {
        0 => Ok(result.value),
        _ => Err(errno::network(result.value as u8)),
    }
}

/// The streams of a UDP socket, which is bound to any port if it hasn't been bound to one.
pub fn streams(entry: &Entry) -> Result {
    match entry.input.get() {
        0 => connect_udp(entry, None),
        _ => Ok(()),
    }
}

/// Makes the streams anew, to one peer or to all.
pub fn connect_udp(entry: &Entry, to: Option<Address>) -> Result {
    if to.is_some_and(|to| to.v6 != entry.v6.get()) {
        return Err(Errno::AFNOSUPPORT);
    }
    if entry.phase.get() == phase::NEW {
        bind(entry, Address::unspecified(entry.v6.get()))?;
    }
    forget_pollables(entry);
    super::each(entry.input.replace(0), sockets::drop_incoming);
    super::each(entry.output.replace(0), sockets::drop_outgoing);
    entry.phase.set(phase::BOUND);
    let [case, a, b, c, d, e, f, g, h, i, j, k] = to.map_or([0; 12], |to| to.destination().flat());
    let mut result = MaybeUninit::<sockets::Handles>::uninit();
    unsafe {
        let some = to.is_some() as u32;
        sockets::udp_stream(
            entry.handle.get(),
            some,
            case,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            i,
            j,
            k,
            result.as_mut_ptr(),
        );
    }
    let result = unsafe { result.assume_init_ref() };
    if result.failed != 0 {
        return Err(errno::network(result.values[0] as u8));
    }
    entry.input.set(result.values[0]);
    entry.output.set(result.values[1]);
    if to.is_some() {
        entry.phase.set(phase::CONNECTED);
    }
    Ok(())
}
