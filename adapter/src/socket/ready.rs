//! What `poll_oneoff` waits for on a socket, and the two calls on any descriptor that drop sockets.

use super::{get, peek, phase, settle, transfer, unix};
use crate::descriptor;
use crate::errno::Result;
use crate::readiness::{State, cached};
use crate::table::{Entry, Kind};
use crate::wasi::{io, sockets};

#[unsafe(export_name = "fd_close:sockets")]
extern "C" fn fd_close(fd: u32) -> u32 {
    descriptor::close(fd, drop)
}

#[unsafe(export_name = "fd_renumber:sockets")]
extern "C" fn fd_renumber(from: u32, to: u32) -> u32 {
    descriptor::renumber(from, to, drop)
}

#[inline]
fn drop(entry: &Entry) {
    match entry.kind.get() {
        Kind::Tcp | Kind::Udp | Kind::Unix => super::drop(entry),
        _ => descriptor::drop_streams(entry),
    }
}

/// Whether there is something to receive, or a connection to accept; nothing if the descriptor is
/// no socket.
pub fn readable(fd: u32) -> Option<Result<State>> {
    let entry = get(fd).ok()?;
    Some((|| {
        if entry.kind.get() == Kind::Udp {
            transfer::streams(entry)?;
            let subscribe = || unsafe { sockets::subscribe_incoming(entry.input.get()) };
            return Ok(State::Pollable(cached(&entry.readable, subscribe)));
        }
        let _ = settle(entry);
        Ok(match entry.phase.get() {
            phase::CONNECTED if peek::len(entry) != 0 => State::Ready(peek::len(entry) as u64),
            phase::CONNECTED => State::Pollable(cached(&entry.readable, || unsafe {
                io::subscribe_input(entry.input.get())
            })),
            phase::LISTENING if unix::is(entry) => {
                State::Pollable(cached(&entry.readable, || unix::subscribe(entry)))
            }
            phase::LISTENING | phase::CONNECTING => {
                State::Pollable(cached(&entry.readable, || unsafe {
                    sockets::subscribe_tcp(entry.handle.get())
                }))
            }
            _ => State::Hangup,
        })
    })())
}

/// Whether there is room to send, or a connection that has been made or has failed.
pub fn writable(fd: u32) -> Option<Result<State>> {
    let entry = get(fd).ok()?;
    Some((|| {
        if entry.kind.get() == Kind::Udp {
            transfer::streams(entry)?;
            let subscribe = || unsafe { sockets::subscribe_outgoing(entry.output.get()) };
            return Ok(State::Pollable(cached(&entry.writable, subscribe)));
        }
        let _ = settle(entry);
        Ok(match entry.phase.get() {
            phase::CONNECTED => State::Pollable(cached(&entry.writable, || unsafe {
                io::subscribe_output(entry.output.get())
            })),
            phase::CONNECTING => State::Pollable(cached(&entry.writable, || unsafe {
                sockets::subscribe_tcp(entry.handle.get())
            })),
            _ => State::Hangup,
        })
    })())
}
