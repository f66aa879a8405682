//! `sock_getaddrinfo`: the host's answers go into a list of nodes that the guest made.
//!
//! A node is 28 bytes: flags u16, family u8, type u8, protocol u8, then at 8 the address' length,
//! at 12 a pointer to the address, at 16 a pointer to the name, at 20 its length, at 24 the next
//! node. The address is family u8, its data's length at 4, a pointer to its data at 8; the data are
//! port (network order) and octets, without gap, for version 6 too.

use super::wait;
use crate::errno::{self, Errno, Result, code};
use crate::guest::{self, Text};
use crate::table;
use crate::wasi::filesystem::Handle;
use crate::wasi::sockets;
use core::mem::MaybeUninit;

/// `aiflags`.
const PASSIVE: u16 = 1;

#[unsafe(no_mangle)]
extern "C" fn sock_getaddrinfo(
    node: u32,
    node_len: u32,
    service: u32,
    service_len: u32,
    hints: u32,
    list: u32,
    most: u32,
    found: u32,
) -> u32 {
    code((|| {
        let (node, service) = (name(node, node_len)?, name(service, service_len)?);
        if most == 0 {
            return Err(Errno::AIMEMORY);
        }
        if node.len == 0 && service.len == 0 {
            return Err(Errno::AINONAME);
        }
        let wanted = Wanted {
            hints: guest::read(hints),
            port: port(service)?,
            most,
            first: guest::read(list),
            len: 0,
        };
        let len = if node.len == 0 { wanted.here() } else { wanted.resolve(node)? };
        if len == 0 {
            return Err(Errno::AINODATA);
        }
        guest::write(found, len);
        Ok(())
    })())
}

/// The first bytes of `hints`, and the list to fill.
struct Wanted {
    /// Flags u16, family u8, type u8, as one word; the protocol in the next.
    hints: [u32; 2],
    port: u16,
    most: u32,
    first: u32,
    len: u32,
}

impl Wanted {
    /// No name: this host, as a server or a client would call it.
    fn here(mut self) -> u32 {
        let passive = self.hints[0] as u16 & PASSIVE != 0;
        let mut octets = [0; 16];
        if !passive {
            (octets[0], octets[3]) = (127, 1);
        }
        self.put(false, &octets);
        if self.len == 0 {
            let mut octets = [0; 16];
            octets[15] = !passive as u8;
            self.put(true, &octets);
        }
        self.len
    }

    fn resolve(mut self, name: Text) -> Result<u32> {
        let mut result = MaybeUninit::<Handle>::uninit();
        unsafe {
            sockets::resolve_addresses(table::network(), name.ptr, name.len, result.as_mut_ptr())
        }
        let result = unsafe { result.assume_init_ref() };
        if result.failed != 0 {
            return Err(errno::network(result.value as u8));
        }
        let stream = result.value;
        let outcome = self.take(stream);
        unsafe { sockets::drop_resolve(stream) }
        outcome.map(|()| self.len)
    }

    fn take(&mut self, stream: u32) -> Result {
        while self.len < self.most {
            let mut result = MaybeUninit::<sockets::Resolved>::uninit();
            unsafe { sockets::resolve_next_address(stream, result.as_mut_ptr()) }
            let result = unsafe { result.assume_init_ref() };
            match (result.failed, result.some_or_error as u8) {
                (0, 0) => break,
                (0, _) => {
                    let v6 = result.v6 as u8 != 0;
                    let mut octets = [0; 16];
                    let from = (&raw const result.octets).cast::<u8>();
                    let mut index = 0;
                    while index < if v6 { 16 } else { 4 } {
                        // Version 6 comes as eight segments in host order.
                        octets[index] =
                            unsafe { from.add(if v6 { index ^ 1 } else { index }).read() };
                        index += 1;
                    }
                    self.put(v6, &octets);
                }
                (_, error) => match errno::network(error) {
                    Errno::AGAIN => wait(unsafe { sockets::subscribe_resolve(stream) }, 0)?,
                    errno => return Err(errno),
                },
            }
        }
        Ok(())
    }

    /// Fills the next node, if the hints want an address of this family.
    fn put(&mut self, v6: bool, octets: &[u8; 16]) {
        let (family, kind) = ((self.hints[0] >> 16) as u8, (self.hints[0] >> 24) as u8);
        if matches!((family, v6), (1, true) | (2, false)) {
            return;
        }
        let mut node = self.first;
        let mut index = 0;
        while index < self.len {
            node = guest::read(node.wrapping_add(24));
            index += 1;
        }
        let family = if v6 { 2u8 } else { 1 };
        // ANY: a stream.
        let kind = if kind == 0 { 2 } else { kind };
        guest::write(node, 0u16);
        guest::write(node.wrapping_add(2), [family, kind, if kind == 1 { 2 } else { 1 }]);
        guest::write(node.wrapping_add(8), if v6 { 28u32 } else { 16 });
        let address: u32 = guest::read(node.wrapping_add(12));
        guest::write(address, family);
        guest::write(address.wrapping_add(4), if v6 { 26u32 } else { 14 });
        let data: u32 = guest::read(address.wrapping_add(8));
        guest::write(data, self.port.to_be_bytes());
        guest::copy_out(data.wrapping_add(2), octets.as_ptr(), if v6 { 16 } else { 4 });
        self.len += 1;
    }
}

/// A name, without the final zero that C programs count in.
fn name(ptr: u32, len: u32) -> Result<Text> {
    let mut text = guest::text(ptr, len)?;
    while text.len != 0 && unsafe { text.ptr.add(text.len - 1).read() } == 0 {
        text.len -= 1;
    }
    Ok(text)
}

/// A service is a number, or one of the names that programs give in practice: WASI has no list of
/// them.
fn port(service: Text) -> Result<u16> {
    if let Some(port) = well_known(service) {
        return Ok(port);
    }
    let mut port = 0u32;
    let mut index = 0;
    while index < service.len {
        match unsafe { service.ptr.add(index).read() } {
            digit @ b'0'..=b'9' if port < 6554 => port = port * 10 + (digit - b'0') as u32,
            _ => return Err(Errno::AISERVICE),
        }
        index += 1;
    }
    u16::try_from(port).map_err(|_| Errno::AISERVICE)
}

/// The port of a service by its name in IANA's registry. The names are compared as numbers: an
/// adapter has no data.
fn well_known(service: Text) -> Option<u16> {
    const fn word(name: &[u8]) -> u64 {
        let mut bytes = [0; 8];
        let mut index = 0;
        while index < name.len() {
            bytes[index] = name[index];
            index += 1;
        }
        u64::from_le_bytes(bytes)
    }
    const HTTP: u64 = word(b"http");
    const HTTPS: u64 = word(b"https");
    const DOMAIN: u64 = word(b"domain");
    const FTP: u64 = word(b"ftp");
    const SSH: u64 = word(b"ssh");
    const TELNET: u64 = word(b"telnet");
    const SMTP: u64 = word(b"smtp");
    const NTP: u64 = word(b"ntp");
    const IMAP: u64 = word(b"imap");
    if service.len == 0 || service.len > 8 {
        return None;
    }
    let mut name = 0u64;
    let mut index = 0;
    while index < service.len {
        name |= (unsafe { service.ptr.add(index).read() } as u64) << (index * 8);
        index += 1;
    }
    // Not a `match`: that could become a table, which is data.
    if name == HTTP {
        Some(80)
    } else if name == HTTPS {
        Some(443)
    } else if name == DOMAIN {
        Some(53)
    } else if name == FTP {
        Some(21)
    } else if name == SSH {
        Some(22)
    } else if name == TELNET {
        Some(23)
    } else if name == SMTP {
        Some(25)
    } else if name == NTP {
        Some(123)
    } else if name == IMAP {
        Some(143)
    } else {
        None
    }
}
