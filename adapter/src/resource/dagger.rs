//! Dagger's five calls. Failures are negative: for `open` they say why, for the others they are −1.

use super::{Failure, Result, url};
use crate::guest;

/// A longer one is none.
const LONGEST: u32 = 1 << 16;

/// Version 2: a URL and its length. Programs of both versions that don't use the second parameter
/// say 0, and end the URL with a zero.
#[unsafe(export_name = "open:dagger")]
extern "C" fn open(url: u32, len: u32) -> i32 {
    opened(if len == 0 { terminated(url) } else { Ok(len) }, url)
}

/// Version 1: the second parameter means nothing.
#[unsafe(export_name = "open:dagger1")]
extern "C" fn open1(url: u32, _flags: u32) -> i32 {
    opened(terminated(url), url)
}

fn opened(len: Result<u32>, at: u32) -> i32 {
    let open = || url::open(super::given(at, len?)?);
    match open() {
        Ok(number) => number as i32,
        Err(Failure::BadUrl) => -1,
        Err(Failure::UnknownScheme) => -3,
        Err(_) => -2,
    }
}

fn terminated(url: u32) -> Result<u32> {
    let mut len = 0;
    while guest::read::<u8>(url.wrapping_add(len)) != 0 {
        len += 1;
        if len > LONGEST {
            return Err(Failure::BadUrl);
        }
    }
    Ok(len)
}

#[unsafe(export_name = "close:dagger")]
extern "C" fn close(number: u32) -> i32 {
    done(super::close(number))
}

#[unsafe(export_name = "read:dagger")]
extern "C" fn read(number: u32, ptr: u32, len: u32) -> i32 {
    count(super::read(number, ptr, len))
}

#[unsafe(export_name = "write:dagger")]
extern "C" fn write(number: u32, ptr: u32, len: u32) -> i32 {
    count(super::write(number, ptr, len))
}

/// Version 1 calls it `sync`.
#[unsafe(export_name = "flush:dagger")]
extern "C" fn flush(number: u32) -> i32 {
    done(super::flush(number))
}

fn done(result: Result) -> i32 {
    if result.is_ok() { 0 } else { -1 }
}

fn count(result: Result<u32>) -> i32 {
    result.map_or(-1, |count| count as i32)
}
