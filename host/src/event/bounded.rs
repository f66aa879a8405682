//! How much of what a guest says is told: so much at once, and so much each second after that. What
//! is left out is counted.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::event::{Event, Listener};

/// What may be told at once, in bytes.
const AT_ONCE: u64 = 1 << 20;
/// What may be told each second after that, in bytes.
const EACH_SECOND: u64 = 256 << 10;
/// What a line takes beside its text.
const LINE: u64 = 64;

impl Listener {
    /// A listener that tells this one of so much of what one guest says. Clones count together.
    pub(crate) fn bounded(&self, guest: Option<&str>) -> Listener {
        let bound = Bound {
            listener: self.clone(),
            guest: guest.map(str::to_owned),
            room: Mutex::new(Room::new(Instant::now())),
        };
        Listener::new(move |event| bound.hear(event))
    }
}

struct Bound {
    listener: Listener,
    guest: Option<String>,
    room: Mutex<Room>,
}

impl Bound {
    fn hear(&self, event: Event) {
        let Some(size) = said(&event) else { return self.listener.emit(event) };

        let mut room = self.room.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if room.take(size as u64 + LINE, Instant::now()) {
            self.tell(room.left_out());
            // While the room is locked, so that lines stay in order.
            self.listener.emit(event);
        }
    }

    fn tell(&self, lines: u64) {
        if lines > 0 {
            self.listener.emit(Event::LeftOut { guest: self.guest.clone(), lines });
        }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        let room = self.room.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        let lines = room.left_out();
        self.tell(lines);
    }
}

/// The size of what a guest can say as often as it likes.
fn said(event: &Event) -> Option<usize> {
    match event {
        Event::Logged { prefix, line } => Some(prefix.len() + line.len()),
        Event::Restarting { why, said, .. } => {
            Some(why.len() + said.as_ref().map_or(0, String::len))
        }
        Event::MountFailed { why } => Some(why.len()),
        _ => None,
    }
}

/// How much may be told now.
struct Room {
    bytes: u64,
    /// Up to when it was counted.
    counted: Instant,
    left_out: u64,
}

impl Room {
    fn new(now: Instant) -> Room {
        Room { bytes: AT_ONCE, counted: now, left_out: 0 }
    }

    /// Whether so much may be told now. Once it may not, nothing is until a second's worth is
    /// there.
    fn take(&mut self, size: u64, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.counted).min(Duration::from_secs(60));
        let more = passed.as_micros() as u64 * EACH_SECOND / 1_000_000;
        if more > 0 {
            self.bytes = (self.bytes + more).min(AT_ONCE);
            self.counted = now;
        }

        let least = if self.left_out > 0 { EACH_SECOND.max(size) } else { size };
        let fits = self.bytes >= least;
        if fits {
            self.bytes -= size;
        } else {
            self.left_out += 1;
        }
        fits
    }

    /// How many lines weren't told since this was last asked.
    fn left_out(&mut self) -> u64 {
        std::mem::take(&mut self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_second_gives_room_for_so_much_more() {
        let start = Instant::now();
        let mut room = Room::new(start);
        assert!(room.take(AT_ONCE, start));
        assert!(!room.take(1, start) && !room.take(1, start + Duration::from_millis(900)));
        assert!(room.take(EACH_SECOND, start + Duration::from_millis(1001)));
        assert_eq!((room.left_out(), room.left_out()), (2, 0));
        assert!(room.take(AT_ONCE, start + Duration::from_secs(3600)));
        assert!(!room.take(1, start + Duration::from_secs(3600)));
    }

    #[test]
    fn what_is_left_out_is_told_at_the_end_and_other_events_always() {
        let heard = Arc::<Mutex<Vec<Event>>>::default();
        let hearing = heard.clone();
        let listener = Listener::new(move |event| hearing.lock().unwrap().push(event));
        let bounded = listener.bounded(Some("mesh"));
        let line = || Event::Logged { prefix: String::new(), line: "x".repeat(16 << 10) };
        (0..1000).for_each(|_| bounded.emit(line()));
        bounded.emit(Event::Compiled);
        drop(bounded);

        let heard = heard.lock().unwrap();
        let told = heard.iter().filter(|event| **event == line()).count();
        let left_out = |event: &Event| match event {
            Event::LeftOut { guest, lines } if guest.as_deref() == Some("mesh") => *lines,
            _ => 0,
        };
        assert_eq!(told as u64 + heard.iter().map(left_out).sum::<u64>(), 1000);
        assert!((60..500).contains(&told), "{told} lines");
        assert!(heard.contains(&Event::Compiled));
    }
}
