//! `sock_getsockopt`, `sock_setsockopt`.
//!
//! What WASI 0.2 doesn't have but always does (address reuse, no delay) is accepted; what it can't
//! do is `ENOTSUP`.

use super::transfer::size;
use super::{done, get, phase, settle, unix};
use crate::errno::{Errno, Result, code};
use crate::guest;
use crate::table::{Entry, Kind};
use crate::wasi::sockets as wasi;

const SOCKET: u32 = 0;
const TCP: u32 = 6;

const REUSEADDR: u32 = 0;
const TYPE: u32 = 1;
const ERROR: u32 = 2;
const BROADCAST: u32 = 4;
const SNDBUF: u32 = 5;
const RCVBUF: u32 = 6;
const KEEPALIVE: u32 = 7;
const RCVTIMEO: u32 = 11;
const SNDTIMEO: u32 = 12;
const ACCEPTCONN: u32 = 13;
/// In `TCP`.
const NODELAY: u32 = 15;

#[unsafe(no_mangle)]
extern "C" fn sock_getsockopt(fd: u32, level: u32, name: u32, value: u32, len: u32) -> u32 {
    code((|| {
        let entry = get(fd)?;
        // WasmEdge passes a pointer to the length, others pass the length; no program has a
        // variable so low in memory.
        let by_value = len <= 16;
        let room = if by_value { len } else { guest::read::<u32>(len) };
        let used = match (level, name) {
            (SOCKET, RCVTIMEO | SNDTIMEO) if !unix::is(entry) => {
                if room < 16 {
                    return Err(Errno::INVAL);
                }
                let time =
                    if name == RCVTIMEO { entry.receive_timeout() } else { entry.send_timeout() };
                guest::write(value, time / 1_000_000_000);
                guest::write(value.wrapping_add(8), time % 1_000_000_000 / 1000);
                16
            }
            _ => {
                if room < 4 {
                    return Err(Errno::INVAL);
                }
                guest::write(value, get_word(entry, level, name)?);
                4
            }
        };
        if !by_value {
            guest::write::<u32>(len, used);
        }
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn sock_setsockopt(fd: u32, level: u32, name: u32, value: u32, len: u32) -> u32 {
    code((|| {
        let entry = get(fd)?;
        if let (SOCKET, RCVTIMEO | SNDTIMEO, false) = (level, name, unix::is(entry)) {
            if len < 12 {
                return Err(Errno::INVAL);
            }
            let (seconds, micros): (u64, u32) =
                (guest::read(value), guest::read(value.wrapping_add(8)));
            let time = seconds.saturating_mul(1_000_000_000).saturating_add(micros as u64 * 1000);
            match name {
                RCVTIMEO => entry.set_receive_timeout(time),
                _ => entry.set_send_timeout(time),
            }
            return Ok(());
        }
        if len < 4 {
            return Err(Errno::INVAL);
        }
        set_word(entry, level, name, guest::read(value))
    })())
}

fn get_word(entry: &Entry, level: u32, name: u32) -> Result<u32> {
    if unix::is(entry) {
        return match (level, name) {
            (SOCKET, TYPE) => Ok(2),
            (SOCKET, ERROR) => Ok(0),
            (SOCKET, ACCEPTCONN) => Ok((entry.phase.get() == phase::LISTENING) as u32),
            _ => Err(Errno::NOTSUP),
        };
    }
    let (handle, is_tcp) = (entry.handle.get(), entry.kind.get() == Kind::Tcp);
    match (level, name) {
        (SOCKET, TYPE) => Ok(if is_tcp { 2 } else { 1 }),
        (SOCKET, ERROR) => {
            // A connection that isn't there yet is no error.
            let _ = settle(entry);
            Ok(entry.error.replace(0) as u32)
        }
        (SOCKET, ACCEPTCONN) => Ok((entry.phase.get() == phase::LISTENING) as u32),
        (SOCKET, SNDBUF) if is_tcp => {
            size(|r| unsafe { wasi::tcp_send_buffer(handle, r) }).map(|size| size as u32)
        }
        (SOCKET, SNDBUF) => {
            size(|r| unsafe { wasi::udp_send_buffer(handle, r) }).map(|size| size as u32)
        }
        (SOCKET, RCVBUF) if is_tcp => {
            size(|r| unsafe { wasi::tcp_receive_buffer(handle, r) }).map(|size| size as u32)
        }
        (SOCKET, RCVBUF) => {
            size(|r| unsafe { wasi::udp_receive_buffer(handle, r) }).map(|size| size as u32)
        }
        (SOCKET, KEEPALIVE) if is_tcp => {
            let mut on = 0;
            done(|r| unsafe {
                wasi::tcp_keep_alive(handle, r);
                on = (*r).value;
            })?;
            Ok(on as u32)
        }
        (SOCKET, REUSEADDR | BROADCAST) | (TCP, NODELAY) => Ok(1),
        (SOCKET, _) => Err(Errno::NOTSUP),
        _ => Err(Errno::NOPROTOOPT),
    }
}

fn set_word(entry: &Entry, level: u32, name: u32, value: u32) -> Result {
    if unix::is(entry) {
        return match (level, name) {
            (SOCKET, REUSEADDR | BROADCAST) => Ok(()),
            _ => Err(Errno::NOTSUP),
        };
    }
    let (handle, is_tcp) = (entry.handle.get(), entry.kind.get() == Kind::Tcp);
    match (level, name) {
        (SOCKET, SNDBUF) if is_tcp => {
            done(|r| unsafe { wasi::tcp_set_send_buffer(handle, value as u64, r) })
        }
        (SOCKET, SNDBUF) => done(|r| unsafe { wasi::udp_set_send_buffer(handle, value as u64, r) }),
        (SOCKET, RCVBUF) if is_tcp => {
            done(|r| unsafe { wasi::tcp_set_receive_buffer(handle, value as u64, r) })
        }
        (SOCKET, RCVBUF) => {
            done(|r| unsafe { wasi::udp_set_receive_buffer(handle, value as u64, r) })
        }
        (SOCKET, KEEPALIVE) if is_tcp => {
            done(|r| unsafe { wasi::tcp_set_keep_alive(handle, (value != 0) as u32, r) })
        }
        (SOCKET, REUSEADDR | BROADCAST) | (TCP, NODELAY) => Ok(()),
        (SOCKET, _) => Err(Errno::NOTSUP),
        _ => Err(Errno::NOPROTOOPT),
    }
}
