//! Memory for what the host returns: one window at a time, filled from its start.
//!
//! A caller opens a window over the arena, or over a guest's own buffer so that the host writes
//! straight into it, makes the host call and reads the result before the next window is opened.
//! Nothing is freed one by one.

use crate::layout::{ARENA, ARENA_END, BLOCK_COUNT, BLOCK_SIZE, BLOCKS, RESOURCES, STATE, base};
use core::cell::Cell;

/// The first bytes of the state page.
#[repr(C)]
pub struct State {
    /// The next free byte of the open window, and its end.
    next: Cell<usize>,
    end: Cell<usize>,
    /// How far the start of the arena was moved for things kept for ever (the names of preopened
    /// directories).
    kept: Cell<usize>,
    /// Which blocks are taken.
    blocks: [Cell<u32>; BLOCK_COUNT / 32],
}

const _: () = assert!(size_of::<State>() <= RESOURCES - STATE);

fn state() -> &'static State {
    // The page starts as zeroes, and zeroes are a valid state.
    unsafe { &*((base() + STATE) as *const State) }
}

/// The start of the scratch arena, and how many bytes it has.
pub fn scratch() -> (*mut u8, usize) {
    let start = (base() + ARENA + state().kept.get() + 7) & !7;
    (start as *mut u8, base() + ARENA_END - start)
}

/// The host's next lists go into the whole arena.
pub fn open() {
    let (start, len) = scratch();
    open_at(start, len);
}

/// The host's next lists go into the arena after its first `used` bytes.
pub fn open_after(used: usize) {
    let (start, len) = scratch();
    if used > len {
        core::arch::wasm32::unreachable()
    }
    open_at(start.wrapping_add(used), len - used);
}

/// The host's next list goes to `len` bytes at `start`.
pub fn open_at(start: *mut u8, len: usize) {
    state().next.set(start as usize);
    state().end.set(start as usize + len);
}

/// Keeps for ever what the open window holds; it must have been opened with `open`.
pub fn keep() {
    state().kept.set(state().next.get() - ARENA - base());
}

/// What the canonical ABI calls for the host's lists and strings.
#[unsafe(no_mangle)]
pub extern "C" fn cabi_import_realloc(
    old: *mut u8,
    old_len: usize,
    align: usize,
    len: usize,
) -> *mut u8 {
    let state = state();
    let start = if !old.is_null() && old as usize + old_len == state.next.get() {
        old as usize
    } else {
        (state.next.get() + align - 1) & !(align - 1)
    };
    if len > state.end.get().wrapping_sub(start) || start > state.end.get() {
        core::arch::wasm32::unreachable()
    }
    state.next.set(start + len);
    if !old.is_null() && old as usize != start {
        unsafe { core::ptr::copy(old, start as *mut u8, old_len.min(len)) }
    }
    start as *mut u8
}

/// Takes a block that lives until `free_block`, if one is left.
pub fn take_block() -> Option<u32> {
    let mut index = 0;
    while index < BLOCK_COUNT / 32 {
        let word = unsafe { state().blocks.get_unchecked(index) };
        let bit = word.get().trailing_ones();
        if bit < 32 {
            word.set(word.get() | 1 << bit);
            return Some((base() + BLOCKS + (index * 32 + bit as usize) * BLOCK_SIZE) as u32);
        }
        index += 1;
    }
    None
}

/// Gives back a block; 0 is none.
pub fn free_block(block: u32) {
    if block != 0 {
        let number = (block as usize - BLOCKS - base()) / BLOCK_SIZE;
        let word = unsafe { state().blocks.get_unchecked(number / 32) };
        word.set(word.get() & !(1 << (number % 32)));
    }
}
