//! What `descriptor.read` returns: the file is read when the result is lowered, so that the bytes
//! go straight into the guest's memory.
//!
//! wasmtime's own types are lowered from a value that is there already, which costs a copy. Its
//! traits for that are public, though not documented; their laws are in `wasmtime`'s
//! `component/func/typed.rs`, and each release of it has to be compared with them.

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::sync::Arc;

use bytes::Bytes;
use rustix::io::pread;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LowerContext,
};
use wasmtime::component::{ComponentType, Lower};
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

/// `result<tuple<list<u8>, bool>, error-code>`.
pub(in crate::capability) type Answer = Result<(Bytes, bool), ErrorCode>;

/// That result, or where to get it.
pub(in crate::capability) enum Reading {
    /// It's known.
    Answer(Answer),
    /// It's to be read.
    Part(Part),
}

/// What is to be read of a file.
pub(in crate::capability) struct Part {
    pub file: Arc<File>,
    pub len: usize,
    pub offset: u64,
    /// Whether the file was seen to have all of it. A list's length has to be known before it's
    /// allocated; not every guest's allocator lets it shrink.
    pub whole: bool,
}

/// As much is read into the host's stack, and copied, where the file may have less.
pub(super) const SMALL: usize = 1 << 14;

/// The most that is read into the host's memory at once, as in wasmtime-wasi.
const COPIED: usize = 1 << 16;

/// Where the result's parts lie in memory: which case it is, the list's place, its length, and
/// whether that is the end.
const SIZE: usize = 16;
const _: () = assert!(Answer::SIZE32 == SIZE && Answer::ALIGN32 == 4);

impl Part {
    /// Has the bytes in the guest's memory: where, how many, and whether they are the end.
    fn lower<T>(&self, cx: &mut LowerContext<'_, T>) -> wasmtime::Result<io::Result<Placed>> {
        if self.whole {
            return self.straight(cx);
        }

        if self.len <= SMALL {
            let mut buffer = [MaybeUninit::uninit(); SMALL];
            let read = match pread(&*self.file, &mut buffer[..self.len], self.offset) {
                Ok((read, _)) => read,
                Err(error) => return Ok(Err(error.into())),
            };
            return Ok(Ok(Placed::copy(cx, read)?));
        }

        let mut buffer = Vec::with_capacity(self.len.min(COPIED));
        let room = rustix::buffer::spare_capacity(&mut buffer);
        if let Err(error) = pread(&*self.file, room, self.offset) {
            return Ok(Err(error.into()));
        }
        Ok(Ok(Placed::copy(cx, &buffer)?))
    }

    /// Reads into the guest's memory.
    fn straight<T>(&self, cx: &mut LowerContext<'_, T>) -> wasmtime::Result<io::Result<Placed>> {
        let start = cx.realloc(0, 0, 1, self.len)?;
        let place = &mut cx.as_slice_mut()[start..][..self.len];
        let read = pread(&*self.file, place, self.offset);
        let len = *read.as_ref().unwrap_or(&0);
        // The file has become shorter just now, or can't be read. Not to nothing: not every guest's
        // allocator knows what that means.
        let start = match len == self.len {
            true => start,
            false => cx.realloc(start, self.len, 1, len.max(1))?,
        };

        Ok(read.map(|_| Placed { start, len }).map_err(io::Error::from))
    }
}

/// Bytes in the guest's memory.
struct Placed {
    start: usize,
    len: usize,
}

impl Placed {
    fn copy<T>(cx: &mut LowerContext<'_, T>, bytes: &[u8]) -> wasmtime::Result<Placed> {
        let (start, len) = (cx.realloc(0, 0, 1, bytes.len())?, bytes.len());
        cx.as_slice_mut()[start..][..len].copy_from_slice(bytes);
        Ok(Placed { start, len })
    }

    /// The result in memory that says where they are.
    fn result(&self) -> [u8; SIZE] {
        let mut result = [0; SIZE];
        result[4..8].copy_from_slice(&(self.start as u32).to_le_bytes());
        result[8..12].copy_from_slice(&(self.len as u32).to_le_bytes());
        result[12] = u8::from(self.len == 0);
        result
    }
}

// SAFETY: it stands for the same type as `Answer`, whose `Lower` and `ABI` it has, and which is
// asked whether a component's type is that.
unsafe impl ComponentType for Reading {
    type Lower = <Answer as ComponentType>::Lower;

    const ABI: CanonicalAbiInfo = <Answer as ComponentType>::ABI;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> wasmtime::Result<()> {
        <Answer as ComponentType>::typecheck(ty, types)
    }
}

// SAFETY: what is written at `offset` is all of the 16 bytes of a result that is `ok`: its case, a
// list that `realloc` has allocated in this memory, as `LowerContext` has checked, and a `bool`. All
// of that is done through checked slices. What isn't that is lowered by `Answer`.
unsafe impl Lower for Reading {
    fn linear_lower_to_flat<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: &mut MaybeUninit<Self::Lower>,
    ) -> wasmtime::Result<()> {
        Err(wasmtime::Error::msg("a result of five flat values is returned in memory"))
    }

    fn linear_lower_to_memory<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        offset: usize,
    ) -> wasmtime::Result<()> {
        let part = match self {
            Reading::Answer(answer) => return answer.linear_lower_to_memory(cx, ty, offset),
            Reading::Part(part) => part,
        };

        match part.lower(cx)? {
            Ok(placed) => *cx.get::<SIZE>(offset) = placed.result(),
            Err(error) => {
                Answer::Err(error.into()).linear_lower_to_memory(cx, ty, offset)?;
            }
        }
        Ok(())
    }
}
