//! The socket functions of WAMR whose types differ from WasmEdge's, by which they are told.
//!
//! Its address is 24 bytes: kind u32 (0 is version 4), then at 4 four octets and at 8 the port, or
//! at 4 eight segments and at 20 the port, all in host order. Families and types are counted from
//! 0.

use super::address::Address;
use super::bind::bind;
use super::create::{DGRAM, STREAM};
use super::open;
use super::transfer::{receive, send};
use super::{get, name};
use crate::errno::{Errno, Result, code};
use crate::guest;
use crate::iovec::Iovecs;

#[unsafe(export_name = "sock_open:wamr")]
extern "C" fn sock_open(_pool: u32, family: u32, kind: u32, opened: u32) -> u32 {
    code((|| {
        let kind = match kind {
            0 => DGRAM,
            1 => STREAM,
            _ => return Err(Errno::INVAL),
        };
        let fd = match family {
            0 | 1 => open::create(kind, family == 1)?,
            _ => return Err(Errno::AFNOSUPPORT),
        };
        guest::write(opened, fd);
        Ok(())
    })())
}

#[unsafe(export_name = "sock_bind:wamr")]
extern "C" fn sock_bind(fd: u32, address: u32) -> u32 {
    code((|| bind(get(fd)?, read(address)?))())
}

#[unsafe(export_name = "sock_connect:wamr")]
extern "C" fn sock_connect(fd: u32, address: u32) -> u32 {
    code((|| open::connect(get(fd)?, read(address)?))())
}

#[unsafe(export_name = "sock_recv_from:wamr")]
extern "C" fn sock_recv_from(
    fd: u32,
    iovecs: u32,
    count: u32,
    flags: u32,
    from: u32,
    len: u32,
) -> u32 {
    code((|| {
        let (read, _, sender) = receive(get(fd)?, Iovecs::new(iovecs, count), flags)?;
        if let Some(sender) = sender {
            write(&sender, from);
        }
        guest::write(len, read);
        Ok(())
    })())
}

#[unsafe(export_name = "sock_send_to:wamr")]
extern "C" fn sock_send_to(fd: u32, iovecs: u32, count: u32, flags: u32, to: u32, len: u32) -> u32 {
    code((|| {
        if flags != 0 {
            return Err(Errno::INVAL);
        }
        guest::write(len, send(get(fd)?, Iovecs::new(iovecs, count), Some(read(to)?))?);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn sock_addr_local(fd: u32, address: u32) -> u32 {
    code((|| Ok(write(&name::local(get(fd)?)?, address)))())
}

#[unsafe(no_mangle)]
extern "C" fn sock_addr_remote(fd: u32, address: u32) -> u32 {
    code((|| Ok(write(&name::peer(get(fd)?)?, address)))())
}

fn read(address: u32) -> Result<Address> {
    let v6 = match guest::read::<u32>(address) {
        0 => false,
        1 => true,
        _ => return Err(Errno::AFNOSUPPORT),
    };
    let mut of = Address::unspecified(v6);
    of.port = guest::read(address.wrapping_add(if v6 { 20 } else { 8 }));
    let from: [u8; 16] = if v6 { guest::read(address.wrapping_add(4)) } else { [0; 16] };
    let four: [u8; 4] = guest::read(address.wrapping_add(4));
    let mut index = 0;
    while index < 16 {
        // A segment's second octet is its low byte.
        of.octets[index] = match v6 {
            true => from[index ^ 1],
            false if index < 4 => four[index],
            false => 0,
        };
        index += 1;
    }
    Ok(of)
}

fn write(of: &Address, address: u32) {
    guest::write(address, of.v6 as u32);
    guest::write(address.wrapping_add(if of.v6 { 20 } else { 8 }), of.port);
    let mut index = 0;
    while index < if of.v6 { 16 } else { 4 } {
        let octet = of.octets[if of.v6 { index ^ 1 } else { index }];
        guest::write(address.wrapping_add(4 + index as u32), octet);
        index += 1;
    }
}
