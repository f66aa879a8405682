//! CommonWA: logging, environment, arguments, randomness and time beside its resources.
//!
//! Where its specification and its first host, Olin, differ, programs were tested on the latter but
//! read the former: a text that is cut off to fit is safe with both.

use super::text::{Builder, Word};
use super::{Failure, Result, host, url};
use crate::args;
use crate::guest;
use crate::iovec::Span;
use crate::wasi::{clocks, io, random};
use core::mem::MaybeUninit;

/// Programs compare it.
const NAME: Word = Word::of(b"olin");
const VERSION: (i32, i32) = (0, 2);

fn code(failure: Failure) -> i32 {
    match failure {
        Failure::Other => -1,
        Failure::BadUrl | Failure::BadNumber => -2,
        Failure::Denied => -3,
        Failure::UnknownScheme | Failure::NotFound => -4,
        Failure::End => -5,
    }
}

fn count(result: Result<u32>) -> i32 {
    result.map_or_else(code, |count| count as i32)
}

#[unsafe(export_name = "resource_open:cwa")]
extern "C" fn resource_open(url: u32, len: u32) -> i32 {
    let open = || url::open(super::given(url, len)?);
    count(open())
}

#[unsafe(export_name = "resource_read:cwa")]
extern "C" fn resource_read(number: u32, ptr: u32, len: u32) -> i32 {
    count(super::read(number, ptr, len))
}

#[unsafe(export_name = "resource_write:cwa")]
extern "C" fn resource_write(number: u32, ptr: u32, len: u32) -> i32 {
    count(super::write(number, ptr, len))
}

#[unsafe(export_name = "resource_flush:cwa")]
extern "C" fn resource_flush(number: u32) -> i32 {
    count(super::flush(number).map(|()| 0))
}

/// A number that isn't open is passed over: libraries close what they couldn't open.
#[unsafe(export_name = "resource_close:cwa")]
extern "C" fn resource_close(number: u32) {
    let _ = super::close(number);
}

#[unsafe(export_name = "io_get_stdin:cwa")]
extern "C" fn io_get_stdin() -> i32 {
    count(url::standard(0))
}

#[unsafe(export_name = "io_get_stdout:cwa")]
extern "C" fn io_get_stdout() -> i32 {
    count(url::standard(1))
}

#[unsafe(export_name = "io_get_stderr:cwa")]
extern "C" fn io_get_stderr() -> i32 {
    count(url::standard(2))
}

/// What can't be logged is lost: there is nobody to tell.
#[unsafe(export_name = "log_write:cwa")]
extern "C" fn log_write(level: u32, ptr: u32, len: u32) {
    const LOG: Word = Word::of(b"log:");
    const ERROR: Word = Word::of(b"error");
    const WARNING: Word = Word::of(b"warning");
    const INFO: Word = Word::of(b"info");
    let text = guest::bytes(ptr, len);
    let log = || {
        let mut url = Builder::after(0);
        url.word(LOG)?;
        match level {
            1 => url.word(ERROR)?,
            3 => url.word(WARNING)?,
            6 => url.word(INFO)?,
            _ => {}
        }
        let output = host::sink(url::finished(&url))?;
        let written = super::line(output, Span { ptr: text, len: len as usize });
        unsafe { io::drop_output(output) }
        written
    };
    let _: Result = log();
}

/// The value's length; it is written if it fits.
#[unsafe(export_name = "env_get:cwa")]
extern "C" fn env_get(key: u32, key_len: u32, value: u32, room: u32) -> i32 {
    let key = unsafe { core::slice::from_raw_parts(guest::bytes(key, key_len), key_len as usize) };
    for [[name, name_len], [found, len]] in args::variables() {
        let name = unsafe { core::slice::from_raw_parts(*name as *const u8, *name_len as usize) };
        if name == key {
            if *len <= room {
                guest::copy_out(value, *found as *const u8, *len);
            }
            return *len as i32;
        }
    }
    code(Failure::NotFound)
}

#[unsafe(export_name = "startup_arg_len:cwa")]
extern "C" fn startup_arg_len() -> i32 {
    args::arguments().len() as i32
}

/// How many bytes were written: the argument, or as much of it as there is room for.
#[unsafe(export_name = "startup_arg_at:cwa")]
extern "C" fn startup_arg_at(index: u32, ptr: u32, room: u32) -> i32 {
    match args::arguments().get(index as usize) {
        Some([[found, len]]) => {
            guest::copy_out(ptr, *found as *const u8, (*len).min(room));
            (*len).min(room) as i32
        }
        None => code(Failure::BadNumber),
    }
}

#[unsafe(export_name = "runtime_spec_major:cwa")]
extern "C" fn runtime_spec_major() -> i32 {
    VERSION.0
}

#[unsafe(export_name = "runtime_spec_minor:cwa")]
extern "C" fn runtime_spec_minor() -> i32 {
    VERSION.1
}

#[unsafe(export_name = "runtime_name:cwa")]
extern "C" fn runtime_name(ptr: u32, room: u32) -> i32 {
    let mut name = Builder::after(0);
    if name.word(NAME).is_err() || room < name.len() as u32 {
        return code(Failure::BadNumber);
    }
    guest::copy_out(ptr, name.text(0).0, name.len() as u32);
    name.len() as i32
}

#[unsafe(export_name = "runtime_msleep:cwa")]
extern "C" fn runtime_msleep(milliseconds: i32) {
    if milliseconds > 0 {
        unsafe {
            let pollable = clocks::subscribe_duration(milliseconds as u64 * 1_000_000);
            io::block(pollable);
            io::drop_pollable(pollable);
        }
    }
}

/// Seconds since 1970.
#[unsafe(export_name = "time_now:cwa")]
extern "C" fn time_now() -> i64 {
    let mut time = MaybeUninit::<clocks::Datetime>::uninit();
    unsafe {
        clocks::wall_now(time.as_mut_ptr());
        time.assume_init_ref().seconds as i64
    }
}

/// Never negative: the libraries call it a number of 31 bits.
#[unsafe(export_name = "random_i32:cwa")]
extern "C" fn random_i32() -> i32 {
    (random_u64() >> 33) as i32
}

/// Of 63 bits.
#[unsafe(export_name = "random_i64:cwa")]
extern "C" fn random_i64() -> i64 {
    (random_u64() >> 1) as i64
}

#[unsafe(export_name = "random_u32:cwa")]
extern "C" fn random_u32() -> u32 {
    random_u64() as u32
}

#[unsafe(export_name = "random_u64:cwa")]
extern "C" fn random_u64() -> u64 {
    unsafe { random::get_random_u64() }
}
