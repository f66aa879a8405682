//! The open resources, and why something can't be done with one.

use crate::layout::{RESOURCES, RESOURCES_END, base};
use core::cell::Cell;

/// What a resource is, as far as that matters after it was opened.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The number is free. Zeroed memory is a free entry.
    Free,
    /// Standard input, a connection.
    Stream,
    /// A standard stream by its number. It ends with 0 bytes rather than with an error.
    Descriptor,
    /// A file, random bytes. A read gives all that was asked for, if that much is left.
    Whole,
    /// Each write is a line; there is nothing to read.
    Log,
    Null,
    /// Zeros without an end. What is written is forgotten.
    Zero,
    /// A request that is being written.
    Http,
    Https,
    /// Its answer, which is read like a file.
    Answer,
}

/// One resource. A handle that is 0 isn't there.
#[repr(C)]
pub struct Entry {
    pub(super) kind: Cell<Kind>,
    /// How long the authority of an HTTP URL is, with which the request's first block begins.
    pub(super) authority: Cell<u16>,
    pub(super) input: Cell<u32>,
    pub(super) output: Cell<u32>,
    /// The first block of an HTTP request.
    pub(super) request: Cell<u32>,
}

const LIMIT: u32 = ((RESOURCES_END - RESOURCES) / size_of::<Entry>()) as u32;

/// Why something can't be done; each dialect has its numbers for these.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The text is no URL, or none of its scheme.
    BadUrl,
    UnknownScheme,
    /// No resource has that number.
    BadNumber,
    Denied,
    NotFound,
    /// There is nothing more to read.
    End,
    Other,
}

/// What comes of an operation.
pub type Result<T = ()> = core::result::Result<T, Failure>;

fn slot(number: u32) -> &'static Entry {
    unsafe { &*((base() + RESOURCES + number as usize * size_of::<Entry>()) as *const Entry) }
}

/// The open resource of a number.
pub(super) fn get(number: u32) -> Result<&'static Entry> {
    if number >= LIMIT || slot(number).kind.get() == Kind::Free {
        return Err(Failure::BadNumber);
    }
    Ok(slot(number))
}

/// The lowest free number, with an entry whose fields are all zero.
pub(super) fn take() -> Result<(u32, &'static Entry)> {
    let mut number = 0;
    while number < LIMIT {
        if slot(number).kind.get() == Kind::Free {
            return Ok((number, slot(number)));
        }
        number += 1;
    }
    Err(Failure::Other)
}
