//! The two ends of a socket: `sock_getlocaladdr`, `sock_getpeeraddr`.

use super::address::Address;
use super::{connected, get, unix};
use crate::errno::{self, Result, code};
use crate::guest;
use crate::table::{Entry, Kind};
use crate::wasi::sockets;
use core::mem::MaybeUninit;

#[unsafe(no_mangle)]
extern "C" fn sock_getlocaladdr(fd: u32, address: u32, port: u32) -> u32 {
    code((|| {
        let entry = get(fd)?;
        match unix::is(entry) {
            true => unix::write_name(entry, true, address, port),
            false => answer(local(entry)?, address, port),
        }
    })())
}

#[unsafe(no_mangle)]
extern "C" fn sock_getpeeraddr(fd: u32, address: u32, port: u32) -> u32 {
    code((|| {
        let entry = get(fd)?;
        match unix::is(entry) {
            true => unix::write_name(entry, false, address, port),
            false => answer(peer(entry)?, address, port),
        }
    })())
}

#[unsafe(export_name = "sock_getlocaladdr:v1")]
extern "C" fn sock_getlocaladdr_v1(fd: u32, address: u32, family: u32, port: u32) -> u32 {
    code((|| answer_v1(local(get(fd)?)?, address, family, port))())
}

#[unsafe(export_name = "sock_getpeeraddr:v1")]
extern "C" fn sock_getpeeraddr_v1(fd: u32, address: u32, family: u32, port: u32) -> u32 {
    code((|| answer_v1(peer(get(fd)?)?, address, family, port))())
}

fn answer(of: Address, address: u32, port: u32) -> Result {
    of.write(address)?;
    guest::write(port, of.port as u32);
    Ok(())
}

/// The family is said as 4 or 6.
fn answer_v1(of: Address, address: u32, family: u32, port: u32) -> Result {
    of.write_octets(address)?;
    guest::write(family, if of.v6 { 6u32 } else { 4 });
    guest::write(port, of.port as u32);
    Ok(())
}

pub fn local(entry: &Entry) -> Result<Address> {
    if unix::is(entry) {
        return Err(errno::Errno::AFNOSUPPORT);
    }
    match entry.kind.get() {
        Kind::Tcp => ask(|r| unsafe { sockets::tcp_local_address(entry.handle.get(), r) }),
        _ => ask(|r| unsafe { sockets::udp_local_address(entry.handle.get(), r) }),
    }
}

pub fn peer(entry: &Entry) -> Result<Address> {
    if unix::is(entry) {
        return Err(errno::Errno::AFNOSUPPORT);
    }
    match entry.kind.get() {
        Kind::Tcp => {
            connected(entry)?;
            ask(|r| unsafe { sockets::tcp_remote_address(entry.handle.get(), r) })
        }
        _ if entry.phase.get() != super::phase::CONNECTED => Err(errno::Errno::NOTCONN),
        _ => ask(|r| unsafe { sockets::udp_remote_address(entry.handle.get(), r) }),
    }
}

fn ask(call: impl FnOnce(*mut sockets::Address)) -> Result<Address> {
    let mut result = MaybeUninit::<sockets::Address>::uninit();
    call(result.as_mut_ptr());
    let result = unsafe { result.assume_init_ref() };
    match result.failed {
        0 => Ok(Address::load(&result.address)),
        _ => Err(errno::network(result.address[0] as u8)),
    }
}
