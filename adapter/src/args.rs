//! `args_*` and `environ_*`.
//!
//! The host's strings go into the arena and from there to the guest, so their size is bounded by
//! the arena alone.

use crate::arena;
use crate::guest;
use crate::wasi::cli;

#[unsafe(no_mangle)]
extern "C" fn args_sizes_get(count: u32, size: u32) -> u32 {
    sizes::<1>(count, size, |list| unsafe { cli::get_arguments(list) })
}

#[unsafe(no_mangle)]
extern "C" fn args_get(pointers: u32, buf: u32) -> u32 {
    copy::<1>(pointers, buf, |list| unsafe { cli::get_arguments(list) })
}

#[unsafe(no_mangle)]
extern "C" fn environ_sizes_get(count: u32, size: u32) -> u32 {
    sizes::<2>(count, size, |list| unsafe { cli::get_environment(list) })
}

#[unsafe(no_mangle)]
extern "C" fn environ_get(pointers: u32, buf: u32) -> u32 {
    copy::<2>(pointers, buf, |list| unsafe { cli::get_environment(list) })
}

/// Asks the host for a list. Functions are passed by their types: an address would need a table,
/// which we can't have.
trait Source: FnOnce(*mut [u32; 2]) {}
impl<F: FnOnce(*mut [u32; 2])> Source for F {}

/// The strings of one item, each its address and its length.
pub type Item<const STRINGS: usize> = [[u32; 2]; STRINGS];

/// The host's list, each item one string (an argument) or two (a variable).
fn fetch<const STRINGS: usize>(source: impl Source) -> &'static [Item<STRINGS>] {
    let mut list = [0; 2];
    arena::open();
    source(&mut list);
    unsafe {
        match list[1] {
            0 => &[],
            count => core::slice::from_raw_parts(list[0] as *const Item<STRINGS>, count as usize),
        }
    }
}

/// The arguments, in the arena.
pub fn arguments() -> &'static [Item<1>] {
    fetch::<1>(|list| unsafe { cli::get_arguments(list) })
}

/// The environment's names and values, in the arena.
pub fn variables() -> &'static [Item<2>] {
    fetch::<2>(|list| unsafe { cli::get_environment(list) })
}

fn sizes<const STRINGS: usize>(count: u32, size: u32, source: impl Source) -> u32 {
    let items = fetch::<STRINGS>(source);
    let mut total = 0;
    for item in items {
        for [_, len] in item {
            // With the `=` or the final zero.
            total += len + 1;
        }
    }
    guest::write(count, items.len() as u32);
    guest::write(size, total);
    0
}

fn copy<const STRINGS: usize>(mut pointers: u32, mut buf: u32, source: impl Source) -> u32 {
    for item in fetch::<STRINGS>(source) {
        guest::write(pointers, buf);
        pointers = pointers.wrapping_add(4);
        for (index, [ptr, len]) in item.iter().enumerate() {
            guest::copy_out(buf, *ptr as *const u8, *len);
            buf = buf.wrapping_add(*len);
            guest::write(buf, if index + 1 == STRINGS { 0u8 } else { b'=' });
            buf = buf.wrapping_add(1);
        }
    }
    0
}
