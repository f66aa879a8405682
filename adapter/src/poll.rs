//! `poll_oneoff`.
//!
//! Whatever is known at once (errors, regular files, times that have passed) becomes an event
//! without waiting; if there is none of those, the rest is waited for. An error of one subscription
//! is its event, not the call's.

use crate::abi::{Event, Subscription};
use crate::arena;
use crate::clock;
use crate::errno::{Errno, Result, code};
use crate::file;
use crate::guest;
use crate::readiness::{State, cached};
use crate::socket;
use crate::stream;
use crate::table::{Entry, Kind};
use crate::wasi::{clocks, io};

pub const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;

/// `eventrwflags`.
const HANGUP: u16 = 1;

/// A subscription as some version of preview 1 lays it out.
pub trait Source: Copy {
    fn current(self) -> Subscription;
}

impl Source for Subscription {
    fn current(self) -> Subscription {
        self
    }
}

/// A subscription on its way to an event. Copied first, because the guest's two arrays may overlap.
#[derive(Clone, Copy)]
struct Waiting {
    event: Event,
    /// 0 if the event is there already.
    pollable: u32,
    /// A clock's pollable is used once.
    once: bool,
    ready: bool,
}

#[unsafe(no_mangle)]
extern "C" fn poll_oneoff(subscriptions: u32, events: u32, count: u32, used: u32) -> u32 {
    oneoff::<Subscription, false>(subscriptions, events, count, used)
}

#[unsafe(export_name = "poll_oneoff:sockets")]
extern "C" fn poll_oneoff_sockets(subscriptions: u32, events: u32, count: u32, used: u32) -> u32 {
    oneoff::<Subscription, true>(subscriptions, events, count, used)
}

#[inline]
pub fn oneoff<S: Source, const SOCKETS: bool>(
    subscriptions: u32,
    events: u32,
    count: u32,
    used: u32,
) -> u32 {
    code((|| {
        if count == 0 {
            return Err(Errno::INVAL);
        }
        guest::array(subscriptions, count, size_of::<S>() as u32);
        guest::array(events, count, size_of::<Event>() as u32);
        let (start, room) = arena::scratch();
        // Each takes its `Waiting`, a place in the list of pollables and one in the host's answer.
        if count as usize > room / (size_of::<Waiting>() + 16) {
            return Err(Errno::NOMEM);
        }
        let waiting = start.cast::<Waiting>();
        let pollables = waiting.wrapping_add(count as usize).cast::<u32>();
        let len = prepare::<S, SOCKETS>(waiting, pollables, subscriptions, count);
        let mut index = 0;
        let mut written = 0;
        if len.pollables != 0 {
            wait(waiting, pollables, len, count);
        }
        while index < count {
            let one = unsafe { &*waiting.add(index as usize) };
            if one.once {
                unsafe { io::drop_pollable(one.pollable) }
            }
            if one.pollable == 0 || one.ready {
                guest::write(events.wrapping_add(written * size_of::<Event>() as u32), one.event);
                written += 1;
            }
            index += 1;
        }
        guest::write(used, written);
        Ok(())
    })())
}

#[derive(Clone, Copy)]
struct Len {
    pollables: u32,
    /// Some event is there already: the rest is looked at, not waited for.
    at_once: bool,
}

fn prepare<S: Source, const SOCKETS: bool>(
    waiting: *mut Waiting,
    pollables: *mut u32,
    subscriptions: u32,
    count: u32,
) -> Len {
    let mut len = Len { pollables: 0, at_once: false };
    let mut index = 0;
    while index < count {
        let from = subscriptions.wrapping_add(index * size_of::<S>() as u32);
        let subscription = guest::read::<S>(from).current();
        let mut one = Waiting {
            event: Event {
                userdata: subscription.userdata,
                error: 0,
                tag: subscription.tag,
                nbytes: 0,
                flags: 0,
            },
            pollable: 0,
            once: subscription.tag == CLOCK,
            ready: false,
        };
        match state::<SOCKETS>(&subscription) {
            Ok(State::Hangup) => one.event.flags = HANGUP,
            Ok(State::Ready(nbytes)) => one.event.nbytes = nbytes,
            Ok(State::Pollable(pollable)) => one.pollable = pollable,
            Err(errno) => one.event.error = errno.0,
        }
        match one.pollable {
            0 => {
                one.once = false;
                len.at_once = true;
            }
            pollable => {
                unsafe { pollables.add(len.pollables as usize).write(pollable) }
                len.pollables += 1;
            }
        }
        unsafe { waiting.add(index as usize).write(one) }
        index += 1;
    }
    len
}

/// Waits, and marks what is ready.
fn wait(waiting: *mut Waiting, pollables: *mut u32, len: Len, count: u32) {
    let mut total = len.pollables as usize;
    let mut now = 0;
    if len.at_once {
        now = unsafe { clocks::subscribe_duration(0) };
        unsafe { pollables.add(total).write(now) }
        total += 1;
    }
    let (start, _) = arena::scratch();
    arena::open_after(pollables.wrapping_add(total) as usize - start as usize);
    let mut list = [0; 2];
    unsafe { io::poll(pollables, total, &mut list) }
    if now != 0 {
        unsafe { io::drop_pollable(now) }
    }
    // The answer names places in the list of pollables, in order or not: mark them there first.
    let mut index = 0;
    while index < list[1] {
        let place = unsafe { (list[0] as *const u32).add(index as usize).read() };
        if place < len.pollables {
            unsafe { pollables.add(place as usize).write(0) }
        }
        index += 1;
    }
    let (mut index, mut place) = (0, 0);
    while index < count {
        let one = unsafe { &mut *waiting.add(index as usize) };
        if one.pollable != 0 {
            one.ready = unsafe { pollables.add(place).read() } == 0;
            if one.ready && one.event.tag != CLOCK {
                one.event.nbytes = 1;
            }
            place += 1;
        }
        index += 1;
    }
}

fn state<const SOCKETS: bool>(subscription: &Subscription) -> Result<State> {
    if SOCKETS {
        let socket = match subscription.tag {
            FD_READ => socket::ready::readable(subscription.id),
            FD_WRITE => socket::ready::writable(subscription.id),
            _ => None,
        };
        if let Some(state) = socket {
            return state;
        }
    }
    match subscription.tag {
        CLOCK => timer(subscription),
        FD_READ => readable(file::settled(subscription.id)?),
        FD_WRITE => writable(file::settled(subscription.id)?),
        _ => Err(Errno::INVAL),
    }
}

fn timer(subscription: &Subscription) -> Result<State> {
    let (id, timeout) = (subscription.id, subscription.timeout);
    if subscription.flags > 1 {
        return Err(Errno::INVAL);
    }
    let after = match subscription.flags {
        0 if id <= 3 => timeout,
        // A time in the past is now.
        _ => timeout.saturating_sub(clock::now(id)?),
    };
    Ok(match after {
        0 => State::Ready(0),
        _ => State::Pollable(unsafe { clocks::subscribe_duration(after) }),
    })
}

fn readable(entry: &Entry) -> Result<State> {
    match entry.kind.get() {
        Kind::File => Ok(State::Ready(file::size(entry)?.saturating_sub(file::position(entry)?))),
        _ => {
            let stream = stream::input(entry)?;
            Ok(State::Pollable(cached(&entry.readable, || unsafe { io::subscribe_input(stream) })))
        }
    }
}

fn writable(entry: &Entry) -> Result<State> {
    match entry.kind.get() {
        Kind::File => Ok(State::Ready(1)),
        _ => {
            let stream = stream::output(entry)?;
            Ok(State::Pollable(cached(&entry.writable, || unsafe { io::subscribe_output(stream) })))
        }
    }
}
