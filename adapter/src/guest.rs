//! The guest's memory: its pointers are checked and moved here, and nowhere else.

use crate::errno::{Errno, Result};
use crate::layout::SHIFT;

/// Where the guest's `len` bytes at `ptr` lie for us. Out of bounds is a trap, as preview 1 asks.
pub fn bytes(ptr: u32, len: u32) -> *mut u8 {
    let start = ptr as u64 + SHIFT as u64;
    let limit = (core::arch::wasm32::memory_size(0) as u64) << 16;
    if start + len as u64 > limit {
        core::arch::wasm32::unreachable()
    }
    start as usize as *mut u8
}

/// An array of `count` elements of `size` bytes.
pub fn array(ptr: u32, count: u32, size: u32) -> *mut u8 {
    match count.checked_mul(size) {
        Some(len) => bytes(ptr, len),
        None => core::arch::wasm32::unreachable(),
    }
}

/// Reads a value. The guest may have put it at any address.
pub fn read<T: Copy>(ptr: u32) -> T {
    unsafe { bytes(ptr, size_of::<T>() as u32).cast::<T>().read_unaligned() }
}

/// Writes a value.
pub fn write<T>(ptr: u32, value: T) {
    unsafe { bytes(ptr, size_of::<T>() as u32).cast::<T>().write_unaligned(value) }
}

/// Copies `len` bytes of ours to the guest.
pub fn copy_out(ptr: u32, from: *const u8, len: u32) {
    unsafe { core::ptr::copy(from, bytes(ptr, len), len as usize) }
}

/// A path or a name. The canonical ABI traps on a string that isn't UTF-8, where preview 1 has an
/// error for it.
pub fn text(ptr: u32, len: u32) -> Result<Text> {
    let start = bytes(ptr, len);
    if !is_utf8(unsafe { core::slice::from_raw_parts(start, len as usize) }) {
        return Err(Errno::ILSEQ);
    }
    Ok(Text { ptr: start, len: len as usize })
}

/// Bytes known to be UTF-8, at an address of ours.
#[derive(Clone, Copy)]
pub struct Text {
    pub ptr: *const u8,
    pub len: usize,
}

/// `core::str::from_utf8` keeps a table in a data section, which an adapter can't have.
fn is_utf8(mut rest: &[u8]) -> bool {
    loop {
        rest = match rest {
            [] => return true,
            [0x00..=0x7f, rest @ ..] => rest,
            [0xc2..=0xdf, b, rest @ ..] if tail(*b) => rest,
            [0xe0, 0xa0..=0xbf, c, rest @ ..] if tail(*c) => rest,
            [0xed, 0x80..=0x9f, c, rest @ ..] if tail(*c) => rest,
            [0xe1..=0xec | 0xee..=0xef, b, c, rest @ ..] if tail(*b) && tail(*c) => rest,
            [0xf0, 0x90..=0xbf, c, d, rest @ ..] if tail(*c) && tail(*d) => rest,
            [0xf4, 0x80..=0x8f, c, d, rest @ ..] if tail(*c) && tail(*d) => rest,
            [0xf1..=0xf3, b, c, d, rest @ ..] if tail(*b) && tail(*c) && tail(*d) => rest,
            _ => return false,
        }
    }
}

fn tail(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}
