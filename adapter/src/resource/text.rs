//! Text that we know, and text that we put together, without a data section.

use super::{Failure, Result};
use crate::arena;

/// A short text in small letters, as numbers: a string would need a data section.
#[derive(Clone, Copy)]
pub struct Word {
    len: usize,
    parts: (u64, u64, u64),
}

impl Word {
    /// Of 24 bytes at most.
    pub const fn of(text: &[u8]) -> Word {
        assert!(text.len() <= 24);
        Word { len: text.len(), parts: (pack(text, 0), pack(text, 8), pack(text, 16)) }
    }

    /// Whether `text` is this one, capitals or not.
    #[inline(always)]
    pub fn is(self, text: &[u8]) -> bool {
        let (a, b, c) = self.parts;
        same(text, self.len, a, b, c)
    }
}

/// A `Word` in a call that isn't inlined would lie in memory.
#[inline(never)]
fn same(text: &[u8], len: usize, a: u64, b: u64, c: u64) -> bool {
    text.len() == len && (pack(text, 0), pack(text, 8), pack(text, 16)) == (a, b, c)
}

const fn pack(text: &[u8], from: usize) -> u64 {
    let (mut packed, mut index) = (0, 0);
    while index < 8 && from + index < text.len() {
        packed |= (text[from + index].to_ascii_lowercase() as u64) << (index * 8);
        index += 1;
    }
    packed
}

/// Text in the arena.
pub struct Builder {
    start: *mut u8,
    len: usize,
    room: usize,
}

impl Builder {
    /// After the arena's first `used` bytes.
    pub fn after(used: usize) -> Builder {
        let (start, room) = arena::scratch();
        Builder { start: start.wrapping_add(used), len: 0, room: room.saturating_sub(used) }
    }

    pub fn byte(&mut self, byte: u8) -> Result {
        if self.len >= self.room {
            return Err(Failure::Other);
        }
        unsafe { *self.start.add(self.len) = byte }
        self.len += 1;
        Ok(())
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result {
        if bytes.len() > self.room - self.len {
            return Err(Failure::Other);
        }
        unsafe {
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), self.start.add(self.len), bytes.len())
        }
        self.len += bytes.len();
        Ok(())
    }

    #[inline(always)]
    pub fn word(&mut self, word: Word) -> Result {
        let (a, b, c) = word.parts;
        self.parts(word.len, a, b, c)
    }

    #[inline(never)]
    fn parts(&mut self, len: usize, a: u64, b: u64, c: u64) -> Result {
        let mut index = 0;
        while index < len {
            let part = match index / 8 {
                0 => a,
                1 => b,
                _ => c,
            };
            self.byte((part >> (index % 8 * 8)) as u8)?;
            index += 1;
        }
        Ok(())
    }

    /// What was put together since it had `from` bytes.
    pub fn text(&self, from: usize) -> (*const u8, usize) {
        (self.start.wrapping_add(from), self.len - from)
    }

    pub fn len(&self) -> usize {
        self.len
    }
}

/// The part of `text` before the first byte of which `ends` says so, and the rest from there.
pub fn split(text: &[u8], ends: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let mut at = 0;
    while at < text.len() && !ends(text[at]) {
        at += 1;
    }
    text.split_at(at)
}
