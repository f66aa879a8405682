//! Lists of buffers: a whole list goes to the host in one call.
//!
//! One buffer is handed over where it lies. Several are put together in the arena (a write), or
//! spread from it (a read); copying inside the guest costs less than a second host call.

use crate::arena;
use crate::guest;

/// The most bytes that go to the host at once: its canonical ABI bounds what one call may lift.
const MOST: usize = 16 << 20;

/// A guest's `iovec` or `ciovec` array, whose bounds are known to be right.
#[derive(Clone, Copy)]
pub struct Iovecs {
    ptr: *const [u32; 2],
    len: u32,
}

/// Where the host puts bytes, and where they belong then.
pub struct Target {
    pub span: Span,
    /// Our copy of the list; empty if the bytes are in their place already.
    list: Iovecs,
}

impl Target {
    /// Brings the first `len` bytes to where the guest wants them.
    pub fn scatter(&self, len: usize) {
        self.list.scatter(self.span.ptr, len);
    }
}

/// One stretch of bytes, at an address of ours.
#[derive(Clone, Copy)]
pub struct Span {
    pub ptr: *mut u8,
    pub len: usize,
}

impl Iovecs {
    pub fn new(ptr: u32, len: u32) -> Iovecs {
        Iovecs { ptr: guest::array(ptr, len, 8).cast(), len }
    }

    fn get(self, index: u32) -> Span {
        let [ptr, len] = unsafe { self.ptr.add(index as usize).read_unaligned() };
        Span { ptr: guest::bytes(ptr, len), len: len as usize }
    }

    /// The only buffer that isn't empty, or all of them put together in the arena, as far as the
    /// arena goes.
    pub fn gather(self) -> Span {
        let (single, total) = self.measure();
        if let Some(span) = single {
            return Span { ptr: span.ptr, len: span.len.min(MOST) };
        }
        let (start, room) = arena::scratch();
        let whole = total.min(room);
        let (mut done, mut index) = (0, 0);
        while done < whole {
            let span = self.get(index);
            let len = span.len.min(whole - done);
            unsafe { core::ptr::copy_nonoverlapping(span.ptr, start.wrapping_add(done), len) }
            done += len;
            index += 1;
        }
        Span { ptr: start, len: whole }
    }

    /// Where to let the host put bytes: the only buffer that isn't empty, or a stretch of the arena
    /// for all of them.
    pub fn target(self) -> Target {
        let (single, total) = self.measure();
        if let Some(span) = single {
            return Target {
                span: Span { ptr: span.ptr, len: span.len.min(MOST) },
                list: Iovecs { len: 0, ..self },
            };
        }
        // A buffer may lie over the list itself, so what it says is kept before anything is put
        // there.
        let (start, room) = arena::scratch();
        let limit = (room / 2 / size_of::<[u32; 2]>()) as u32;
        let list = start.cast::<[u32; 2]>();
        let (mut kept, mut index) = (0, 0);
        while index < self.len && kept < limit {
            let entry = unsafe { self.ptr.add(index as usize).read_unaligned() };
            if entry[1] != 0 {
                unsafe { list.add(kept as usize).write(entry) }
                kept += 1;
            }
            index += 1;
        }
        let list = Iovecs { ptr: list, len: kept };
        let head = kept as usize * size_of::<[u32; 2]>();
        let len = if index < self.len { list.total() } else { total };
        Target { span: Span { ptr: start.wrapping_add(head), len: len.min(room - head) }, list }
    }

    /// Brings the `len` bytes at `from` to where the guest wants them.
    pub fn scatter(self, from: *const u8, len: usize) {
        let (mut done, mut index) = (0, 0);
        while done < len && index < self.len {
            let span = self.get(index);
            let part = span.len.min(len - done);
            unsafe { core::ptr::copy(from.wrapping_add(done), span.ptr, part) }
            done += part;
            index += 1;
        }
    }

    /// The sum of the lengths.
    pub fn total(self) -> usize {
        self.measure().1
    }

    /// The one buffer that holds everything, if it is one, and the sum of the lengths.
    fn measure(self) -> (Option<Span>, usize) {
        if self.len == 1 {
            let span = self.get(0);
            return (Some(span), span.len);
        }
        let mut total = 0u64;
        let mut single = Some(Span { ptr: self.ptr.cast_mut().cast(), len: 0 });
        let mut index = 0;
        while index < self.len {
            let span = self.get(index);
            if span.len != 0 {
                single = if total == 0 { Some(span) } else { None };
                total += span.len as u64;
            }
            index += 1;
        }
        (single, total.min(u32::MAX as u64) as usize)
    }
}
