//! Where the adapter's own things lie.
//!
//! There are two forms. In the usual one all of it lies below the guest, which the host moves by
//! exactly `SHIFT` bytes; the host reads that number from the constant of the same name in
//! `host/src/load/legacy/shift.rs`, and a test compares the two through the export `forebay_shift`.
//! With the feature `heap`, for guests that can't be moved, it's one allocation of the guest's
//! allocator, made at the first call. Places are relative to `base()`, and sizes differ: a guest
//! pays for those.

/// The stack grows down from here to `base()`. Below the guest, running over it wraps around and
/// traps.
pub const STACK_TOP: usize = 0x1_0000;

/// `arena::State`, and behind it the open resources of Dagger and CommonWA, as far as the page
/// goes.
pub const STATE: usize = STACK_TOP;
pub const RESOURCES: usize = STATE + 64;
pub const RESOURCES_END: usize = BLOCKS;

#[cfg(not(feature = "heap"))]
mod sizes {
    pub const STATE: usize = 0x1_0000;
    pub const BLOCKS: usize = 128;
    pub const TABLE: usize = 0x10_0000;
    pub const ARENA: usize = super::SHIFT - super::ARENA;
}

#[cfg(feature = "heap")]
mod sizes {
    pub const STATE: usize = 0x1000;
    pub const BLOCKS: usize = 32;
    pub const TABLE: usize = 0x2_0000;
    pub const ARENA: usize = 0x10_0000;
}

/// Blocks of `BLOCK_SIZE` bytes that outlive a call: a directory entry that didn't fit, bytes that
/// were peeked at.
pub const BLOCKS: usize = STATE + sizes::STATE;
pub const BLOCK_SIZE: usize = 2048;
pub const BLOCK_COUNT: usize = sizes::BLOCKS;

/// The descriptor table, an array of `table::Entry` indexed by descriptor number.
pub const TABLE: usize = BLOCKS + BLOCK_COUNT * BLOCK_SIZE;
pub const TABLE_END: usize = TABLE + sizes::TABLE;

/// Lists that the host returns, and buffers that are put together for it, during one call.
pub const ARENA: usize = TABLE_END;
pub const ARENA_END: usize = ARENA + sizes::ARENA;

/// The guest's address 0 lies here.
#[cfg(not(feature = "heap"))]
pub const SHIFT: usize = 0x40_0000;
#[cfg(feature = "heap")]
pub const SHIFT: usize = 0;

/// Where our places begin.
#[cfg(not(feature = "heap"))]
#[inline(always)]
pub fn base() -> usize {
    0
}

#[cfg(feature = "heap")]
pub use heap::base;

#[cfg(feature = "heap")]
mod heap {
    use super::{ARENA_END, STATE, TABLE_END};

    #[link(wasm_import_module = "forebay")]
    unsafe extern "C" {
        /// `seal` makes a global of it, which it sets to what `forebay_setup` returns.
        #[link_name = "base"]
        fn global() -> usize;
    }

    #[link(wasm_import_module = "__main_module__")]
    unsafe extern "C" {
        fn cabi_realloc(old: *mut u8, old_len: usize, align: usize, len: usize) -> *mut u8;
    }

    #[inline(always)]
    pub fn base() -> usize {
        unsafe { global() }
    }

    /// Table entries are that far apart. Some allocators give less than they are asked for.
    const ALIGN: usize = 64;

    /// `seal` puts a call of this before the first call of each export; it runs without a stack.
    #[unsafe(no_mangle)]
    extern "C" fn forebay_setup() -> usize {
        let start =
            unsafe { cabi_realloc(core::ptr::null_mut(), 0, 8, ARENA_END + ALIGN) } as usize;
        if start == 0 {
            core::arch::wasm32::unreachable()
        }
        let base = (start + ALIGN - 1) & !(ALIGN - 1);
        // Zero is a valid state. What is not of that region is written before it is read.
        unsafe { core::ptr::write_bytes((base + STATE) as *mut u8, 0, TABLE_END - STATE) }
        base
    }
}

/// How far the host has to move a guest, for the host's tests.
#[unsafe(no_mangle)]
pub extern "C" fn forebay_shift() -> u32 {
    SHIFT as u32
}
