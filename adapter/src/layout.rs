//! Where the adapter's own things lie, all of them below the guest.
//!
//! The host moves every guest by exactly `SHIFT` bytes; changing a number here means rebuilding the adapter, and the
//! host reads `SHIFT` from the constant of the same name in `host/src/load/legacy/shift.rs` (a test compares the two
//! through the adapter's `forebay_shift` export).

/// The guest's address 0 lies here.
pub const SHIFT: usize = 0x40_0000;

/// The stack grows down from here to address 0; running over it wraps around and traps.
pub const STACK_TOP: usize = 0x1_0000;

/// `arena::State` and `table::State`, one page.
pub const STATE: usize = STACK_TOP;

/// Blocks of `BLOCK_SIZE` bytes that outlive a call: a directory entry that didn't fit, bytes that were peeked at.
pub const BLOCKS: usize = 0x2_0000;
pub const BLOCK_SIZE: usize = 2048;
pub const BLOCK_COUNT: usize = (TABLE - BLOCKS) / BLOCK_SIZE;

/// The descriptor table, an array of `table::Entry` indexed by descriptor number.
pub const TABLE: usize = 0x6_0000;
pub const TABLE_END: usize = 0x16_0000;

/// Lists that the host returns, and buffers that are put together for it, during one call.
pub const ARENA: usize = TABLE_END;
pub const ARENA_END: usize = SHIFT;

/// How far the host has to move a guest, for the host's tests.
#[unsafe(no_mangle)]
pub extern "C" fn forebay_shift() -> u32 {
    SHIFT as u32
}
