//! What happens while a program is served, a line each.
//!
//! Whoever should read the lines may be slow, or never do it: they are written by a thread of their
//! own, and what it isn't done with in time is left out, and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use forebay::error::Error;
use forebay::serve::Event;

use crate::report::Printer;
use crate::spell::Listed;

/// How many lines wait to be written.
const WAITING: usize = 1024;
/// How long the last ones may take.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Writes events on a thread of its own.
pub struct Teller {
    events: Option<SyncSender<Event>>,
    left_out: Arc<AtomicU64>,
    done: Receiver<()>,
}

impl Teller {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system's, when it gives none.
    pub fn start(printer: Printer) -> std::io::Result<Teller> {
        let (events, told) = sync_channel(WAITING);
        let (ended, done) = sync_channel(0);
        let left_out = Arc::new(AtomicU64::new(0));
        let count = left_out.clone();
        let work = move || {
            // Dropped when the last line is written.
            let _ended: SyncSender<()> = ended;
            for event in told {
                printer.served(&event);
                let lines = count.swap(0, Ordering::Relaxed);
                if lines > 0 {
                    let text = format!("{lines} lines are left out, because there were so many");
                    printer.warning(&text, None);
                }
            }
        };
        std::thread::Builder::new().name("forebay-log".to_owned()).spawn(work)?;
        Ok(Teller { events: Some(events), left_out, done })
    }

    /// Who hears of events.
    pub fn listener(&self) -> forebay::serve::Listener {
        let (events, left_out) = (self.events.clone(), self.left_out.clone());
        forebay::serve::Listener::new(move |event| {
            let told = events.as_ref().map(|events| events.try_send(event));
            if !matches!(told, Some(Ok(()))) {
                left_out.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// Waits for the last lines, for a while. No listener may be left by then.
    pub fn finish(mut self) {
        self.events = None;
        let _ = self.done.recv_timeout(LAST_WORDS);
    }
}

impl Printer {
    /// A line for an event of a server.
    fn served(&self, event: &Event) {
        match event {
            Event::Listening { url } if !self.quiet => self.raw(&format!("listening on {url}")),
            Event::Failed { guest, request, why } => {
                self.line("failed", "1;31", &format!("`{guest}` {why}; it was asked: {request}"));
            }
            Event::Refused { guest, denials, left_out } => {
                self.denials(guest, denials, &Listed::default());
                self.left_out(guest, *left_out);
            }
            Event::Impaired { why } => self.warning(why, None),
            Event::Swapped { generation } if !self.quiet => {
                self.raw(&format!("serving generation {generation} of the program"));
            }
            Event::SwapFailed { why } => self.kept(why),
            Event::Draining => self.detail("draining: what is under way may end"),
            Event::Listening { .. } | Event::Swapped { .. } => {}
        }
    }

    /// Says that a new program, or certificate, can't be had.
    pub fn not_reloaded(&self, error: &Error) {
        self.kept(&error.to_string());
    }

    fn kept(&self, why: &str) {
        self.line("error", "1;31", &format!("{why}; what was there before stays"));
    }
}
