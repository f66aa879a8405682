//! Socket addresses: WASI 0.2's, and those of the WasmEdge extension, versions 1 and 2.
//!
//! An address is passed in a `{ buf, len }`. Version 1 has 4 or 16 octets there, version 2 has 128
//! bytes that begin with the family; as both versions send 4 or 16 octets, it is the length that
//! tells.

use crate::errno::{Errno, Result};
use crate::guest;

/// `address_family` of the extension.
pub const INET4: u16 = 1;
pub const INET6: u16 = 2;
pub const UNIX: u16 = 3;

/// The length of an address with its family in front.
pub const TAGGED: u32 = 128;

/// An IP address and a port.
#[derive(Clone, Copy)]
pub struct Address {
    pub v6: bool,
    pub port: u16,
    /// The first four of them, for version 4.
    pub octets: [u8; 16],
    pub flow: u32,
    pub scope: u32,
}

impl Address {
    /// No address in particular, and a port of the host's choice.
    pub fn unspecified(v6: bool) -> Address {
        Address { v6, port: 0, octets: [0; 16], flow: 0, scope: 0 }
    }

    /// The address as something to send to: none in particular is this host, as on Linux. WASI 0.2
    /// would say that it's invalid.
    pub fn destination(mut self) -> Address {
        let mut index = 0;
        while index < if self.v6 { 16 } else { 4 } {
            if self.octets[index] != 0 {
                return self;
            }
            index += 1;
        }
        match self.v6 {
            true => self.octets[15] = 1,
            false => (self.octets[0], self.octets[3]) = (127, 1),
        }
        self
    }

    /// From the guest's address structure.
    pub fn read(address: u32, port: u32) -> Result<Address> {
        let [buf, len]: [u32; 2] = guest::read(address);
        let (v6, at) = match len {
            4 => (false, 0),
            16 => (true, 0),
            TAGGED => match guest::read::<u16>(buf) {
                INET4 => (false, 2),
                INET6 => (true, 2),
                UNIX => return Err(Errno::NOTSUP),
                _ => return Err(Errno::AFNOSUPPORT),
            },
            _ => return Err(Errno::INVAL),
        };
        let mut octets = [0; 16];
        let from = guest::bytes(buf.wrapping_add(at), if v6 { 16 } else { 4 });
        unsafe {
            core::ptr::copy_nonoverlapping(from, octets.as_mut_ptr(), if v6 { 16 } else { 4 })
        }
        Ok(Address { v6, port: port as u16, octets, flow: 0, scope: 0 })
    }

    /// To the guest's address structure, in the form that its length asks for.
    pub fn write(&self, address: u32) -> Result {
        let [buf, len]: [u32; 2] = guest::read(address);
        let size = if self.v6 { 16 } else { 4 };
        let at = if len >= TAGGED {
            guest::write(buf, if self.v6 { INET6 } else { INET4 });
            2
        } else if len >= size {
            0
        } else {
            return Err(Errno::INVAL);
        };
        guest::copy_out(buf.wrapping_add(at), self.octets.as_ptr(), size);
        Ok(())
    }

    /// To the structure of version 1: octets alone, whatever the length.
    pub fn write_octets(&self, address: u32) -> Result {
        let [buf, len]: [u32; 2] = guest::read(address);
        let size = if self.v6 { 16 } else { 4 };
        if len < size {
            return Err(Errno::INVAL);
        }
        guest::copy_out(buf, self.octets.as_ptr(), size);
        Ok(())
    }

    /// As the canonical ABI passes an `ip-socket-address`: its case, then the case's fields.
    pub fn flat(&self) -> [u32; 12] {
        let o = |index: usize| self.octets[index] as u32;
        let s = |index: usize| o(index * 2) << 8 | o(index * 2 + 1);
        let port = self.port as u32;
        match self.v6 {
            false => [0, port, o(0), o(1), o(2), o(3), 0, 0, 0, 0, 0, 0],
            true => {
                [1, port, self.flow, s(0), s(1), s(2), s(3), s(4), s(5), s(6), s(7), self.scope]
            }
        }
    }

    /// As the canonical ABI stores one: four bytes with the case, then the fields.
    pub fn store(&self) -> [u32; 8] {
        let mut words = [0u32; 8];
        let bytes = words.as_mut_ptr().cast::<u8>();
        unsafe {
            bytes.write(self.v6 as u8);
            bytes.add(4).cast::<u16>().write(self.port);
            if self.v6 {
                bytes.add(8).cast::<u32>().write(self.flow);
                bytes.add(28).cast::<u32>().write(self.scope);
            }
            let mut index = 0;
            while index < 16 {
                match self.v6 {
                    false if index < 4 => bytes.add(6 + index).write(self.octets[index]),
                    // A segment's second octet is its low byte.
                    true => bytes.add(12 + (index ^ 1)).write(self.octets[index]),
                    _ => {}
                }
                index += 1;
            }
        }
        words
    }

    /// From where the canonical ABI stored one.
    pub fn load(words: &[u32; 8]) -> Address {
        let bytes = words.as_ptr().cast::<u8>();
        unsafe {
            let mut address = Address::unspecified(bytes.read() != 0);
            address.port = bytes.add(4).cast::<u16>().read();
            let mut index = 0;
            while index < if address.v6 { 16 } else { 4 } {
                address.octets[index] = match address.v6 {
                    false => bytes.add(6 + index).read(),
                    true => bytes.add(12 + (index ^ 1)).read(),
                };
                index += 1;
            }
            if address.v6 {
                address.flow = bytes.add(8).cast::<u32>().read();
                address.scope = bytes.add(28).cast::<u32>().read();
            }
            address
        }
    }
}
