//! What the host opens.

use super::{Failure, Result};
use crate::wasi::forebay::{self, Opened};
use core::mem::MaybeUninit;

/// A text at an address of ours.
pub type Url = (*const u8, usize);

pub fn source((url, len): Url) -> Result<u32> {
    handle(|result| unsafe { forebay::source(url, len, result) })
}

pub fn sink((url, len): Url) -> Result<u32> {
    handle(|result| unsafe { forebay::sink(url, len, result) })
}

/// Both directions of a connection, which ends with them.
pub fn dial((url, len): Url) -> Result<(u32, u32)> {
    let connection = handle(|result| unsafe { forebay::dial(url, len, result) })?;
    let input = handle(|result| unsafe { forebay::input(connection, result) });
    let output = handle(|result| unsafe { forebay::output(connection, result) });
    unsafe { forebay::drop_connection(connection) }
    Ok((input?, output?))
}

/// The window of the arena is open, for the text that an error has.
fn handle(call: impl FnOnce(*mut Opened)) -> Result<u32> {
    let mut opened = MaybeUninit::<Opened>::uninit();
    call(opened.as_mut_ptr());
    let opened = unsafe { opened.assume_init_ref() };
    match (opened.failed, opened.handle_or_case as u8) {
        (0, _) => Ok(opened.handle_or_case),
        (_, 0) => Err(Failure::BadUrl),
        (_, 1) => Err(Failure::UnknownScheme),
        (_, 2) => Err(Failure::Denied),
        (_, 3) => Err(Failure::NotFound),
        _ => Err(Failure::Other),
    }
}
