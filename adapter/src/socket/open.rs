//! From a new socket to a connection: open, bind, listen, accept, connect, shutdown.

use super::address::{Address, INET4, INET6, UNIX};
use super::bind::{bind, finish};
use super::create::{self, STREAM, fill};
use super::{blocking, done, get, phase, tcp, unix, wait};
use crate::abi::fdflags;
use crate::errno::{self, Errno, Result, code};
use crate::guest;
use crate::table::{self, Entry, Kind};
use crate::wasi::sockets::{self, Handles};
use core::mem::MaybeUninit;

#[unsafe(no_mangle)]
extern "C" fn sock_open(family: u32, kind: u32, opened: u32) -> u32 {
    code((|| {
        // WasmEdge 0.8 and 0.9 counted both from 0; these pairs mean nothing else.
        let (family, kind) = match (family, kind) {
            (0, 0 | 1) | (1, 0) => (family + 1, kind + 1),
            other => other,
        };
        let v6 = match family as u16 {
            INET4 => false,
            INET6 => true,
            UNIX => {
                guest::write(opened, unix::create(kind)?);
                return Ok(());
            }
            _ => return Err(Errno::AFNOSUPPORT),
        };
        guest::write(opened, create(kind, v6)?);
        Ok(())
    })())
}

/// Radu Matei's: one call from an address to a connection.
#[unsafe(export_name = "sock_connect:radu")]
extern "C" fn sock_connect_radu(ipv4: u32, port: u32, opened: u32) -> u32 {
    code((|| {
        let fd = create(STREAM, false)?;
        let mut to = Address::unspecified(false);
        to.port = port as u16;
        let [a, b, c, d] = ipv4.to_be_bytes();
        (to.octets[0], to.octets[1], to.octets[2], to.octets[3]) = (a, b, c, d);
        let entry = table::get(fd)?;
        if let Err(errno) = connect_tcp(entry, to) {
            super::drop(entry);
            table::release(fd);
            return Err(errno);
        }
        guest::write(opened, fd);
        Ok(())
    })())
}

pub fn create(kind: u32, v6: bool) -> Result<u32> {
    create::create(kind, v6, table::take).map(|(fd, _)| fd)
}

#[unsafe(no_mangle)]
extern "C" fn sock_bind(fd: u32, address: u32, port: u32) -> u32 {
    code((|| {
        let entry = get(fd)?;
        match unix::is(entry) {
            true => unix::bind(entry, address),
            false => bind(entry, Address::read(address, port)?),
        }
    })())
}

#[unsafe(no_mangle)]
extern "C" fn sock_listen(fd: u32, backlog: u32) -> u32 {
    code((|| {
        let entry = get(fd)?;
        if unix::is(entry) {
            return unix::listen(entry);
        }
        let entry = tcp(fd)?;
        let handle = entry.handle.get();
        if entry.phase.get() == phase::NEW {
            bind(entry, Address::unspecified(entry.v6.get()))?;
        }
        let backlog = if backlog as i32 <= 0 { 128 } else { backlog };
        done(|r| unsafe { sockets::tcp_set_backlog(handle, backlog as u64, r) })?;
        if entry.phase.get() == phase::LISTENING {
            return Ok(());
        }
        done(|r| unsafe { sockets::tcp_start_listen(handle, r) })?;
        finish(entry, |r| unsafe { sockets::tcp_finish_listen(handle, r) })?;
        entry.phase.set(phase::LISTENING);
        Ok(())
    })())
}

#[unsafe(export_name = "sock_accept:sockets")]
extern "C" fn sock_accept(fd: u32, flags: u32, accepted: u32) -> u32 {
    code(accept(fd, flags, accepted))
}

/// The extension's first version: no flags.
#[unsafe(export_name = "sock_accept:v1")]
extern "C" fn sock_accept_v1(fd: u32, accepted: u32) -> u32 {
    code(accept(fd, 0, accepted))
}

/// WasmEdge 0.8: a port that says nothing where the flags are now.
#[unsafe(export_name = "sock_accept:v0")]
extern "C" fn sock_accept_v0(fd: u32, _port: u32, accepted: u32) -> u32 {
    code(accept(fd, 0, accepted))
}

/// WasmEdge 0.8: a close of its own, without a result.
#[unsafe(no_mangle)]
extern "C" fn sock_close(fd: u32) {
    if let Ok(entry) = get(fd) {
        super::drop(entry);
        table::release(fd);
    }
}

fn accept(fd: u32, flags: u32, accepted: u32) -> Result {
    if flags & !(fdflags::NONBLOCK as u32) != 0 {
        return Err(Errno::INVAL);
    }
    let entry = get(fd)?;
    if unix::is(entry) {
        guest::write(accepted, unix::accept(entry, flags)?);
        return Ok(());
    }
    let entry = tcp(fd)?;
    if entry.phase.get() != phase::LISTENING {
        return Err(Errno::INVAL);
    }
    loop {
        let mut result = MaybeUninit::<Handles>::uninit();
        unsafe { sockets::tcp_accept(entry.handle.get(), result.as_mut_ptr()) }
        let result = unsafe { result.assume_init_ref() };
        if result.failed == 0 {
            let [handle, input, output] = result.values;
            let Ok((fd, new)) = table::take() else {
                unsafe {
                    crate::wasi::io::drop_input(input);
                    crate::wasi::io::drop_output(output);
                    sockets::drop_tcp(handle);
                }
                return Err(Errno::NFILE);
            };
            fill(new, Kind::Tcp, handle, entry.v6.get());
            new.flags.set(flags as u16);
            new.input.set(input);
            new.output.set(output);
            new.phase.set(phase::CONNECTED);
            guest::write(accepted, fd);
            return Ok(());
        }
        match errno::network(result.values[0] as u8) {
            Errno::AGAIN if blocking(entry) => {
                wait(unsafe { sockets::subscribe_tcp(entry.handle.get()) }, 0)?
            }
            Errno::AGAIN => return Err(crate::stream::again()),
            errno => return Err(errno),
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn sock_connect(fd: u32, address: u32, port: u32) -> u32 {
    code((|| {
        let entry = get(fd)?;
        match unix::is(entry) {
            true => unix::connect(entry, address),
            false => connect(entry, Address::read(address, port)?),
        }
    })())
}

pub fn connect(entry: &Entry, to: Address) -> Result {
    if unix::is(entry) {
        return Err(Errno::AFNOSUPPORT);
    }
    match entry.kind.get() {
        Kind::Tcp => connect_tcp(entry, to),
        _ => super::transfer::connect_udp(entry, Some(to)),
    }
}

fn connect_tcp(entry: &Entry, to: Address) -> Result {
    match entry.phase.get() {
        phase::CONNECTING => return Err(Errno::ALREADY),
        phase::CONNECTED => return Err(Errno::ISCONN),
        phase::LISTENING => return Err(Errno::INVAL),
        _ if to.v6 != entry.v6.get() => return Err(Errno::AFNOSUPPORT),
        _ => {}
    }
    let (handle, network) = (entry.handle.get(), table::network());
    let [case, a, b, c, d, e, f, g, h, i, j, k] = to.destination().flat();
    done(|r| unsafe {
        sockets::tcp_start_connect(handle, network, case, a, b, c, d, e, f, g, h, i, j, k, r)
    })?;
    entry.phase.set(phase::CONNECTING);
    loop {
        match super::connected(entry) {
            Err(Errno::AGAIN) if blocking(entry) => {
                wait(unsafe { sockets::subscribe_tcp(handle) }, 0)?
            }
            Err(Errno::AGAIN) => return Err(Errno::INPROGRESS),
            result => return result,
        }
    }
}

#[unsafe(export_name = "sock_shutdown:sockets")]
extern "C" fn sock_shutdown(fd: u32, how: u32) -> u32 {
    code((|| {
        let entry = get(fd)?;
        if unix::is(entry) && matches!(how, 1..=3) {
            return unix::shutdown(entry, how);
        }
        // `sdflags` has a bit for each direction, `shutdown-type` counts.
        let how = match how {
            1..=3 => how - 1,
            _ => return Err(Errno::INVAL),
        };
        match entry.kind.get() {
            Kind::Tcp => {
                super::connected(entry)?;
                done(|r| unsafe { sockets::tcp_shutdown(entry.handle.get(), how, r) })
            }
            _ if entry.phase.get() == phase::CONNECTED => Ok(()),
            _ => Err(Errno::NOTCONN),
        }
    })())
}
