//! Addresses of our own.

use super::address::Address;
use super::{done, phase, unix, wait};
use crate::errno::{Errno, Result};
use crate::table::{self, Entry, Kind};
use crate::wasi::filesystem::Byte;
use crate::wasi::sockets;

pub fn bind(entry: &Entry, to: Address) -> Result {
    if unix::is(entry) {
        return Err(Errno::AFNOSUPPORT);
    }
    let handle = entry.handle.get();
    let [case, a, b, c, d, e, f, g, h, i, j, k] = to.flat();
    if to.v6 != entry.v6.get() {
        return Err(Errno::AFNOSUPPORT);
    }
    let network = table::network();
    match entry.kind.get() {
        Kind::Tcp => {
            done(|r| unsafe {
                sockets::tcp_start_bind(handle, network, case, a, b, c, d, e, f, g, h, i, j, k, r)
            })?;
            finish(entry, |r| unsafe { sockets::tcp_finish_bind(handle, r) })?;
        }
        _ => {
            done(|r| unsafe {
                sockets::udp_start_bind(handle, network, case, a, b, c, d, e, f, g, h, i, j, k, r)
            })?;
            done(|r| unsafe { sockets::udp_finish_bind(handle, r) })?;
        }
    }
    entry.phase.set(phase::BOUND);
    Ok(())
}

/// Ends what a `start-…` began. It is short in all hosts, so it is waited for on a non-blocking
/// socket as well.
pub fn finish(entry: &Entry, call: impl Fn(*mut Byte)) -> Result {
    loop {
        match done(&call) {
            Err(Errno::AGAIN) => wait(unsafe { sockets::subscribe_tcp(entry.handle.get()) }, 0)?,
            result => return result,
        }
    }
}
