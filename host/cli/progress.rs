//! A line on the terminal while a compilation takes long.

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use forebay::event::{Event, Listener};

use crate::clock::Clock;
use crate::meter;
use crate::report::Printer;
use crate::sanitize::escape;

/// How long a compilation may take before it's mentioned.
const PATIENCE: Duration = Duration::from_millis(500);

/// A listener that prints warnings, lets what the user gives have its memory, stops the clock while
/// a program compiles, and shows a line if that takes more than half a second.
pub fn listener(printer: Printer, clock: Clock) -> Listener {
    let running: Arc<Mutex<Option<Sender<()>>>> = Arc::default();
    Listener::new(move |event| {
        printer.event(&event);
        let mut running = running.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match event {
            Event::Compiling { .. } => clock.pause(),
            Event::Compiled => clock.resume(),
            _ => {}
        }
        match event {
            Event::Compiling { program, size } if printer.shows_progress() => {
                *running = Some(announce(&program, size))
            }
            Event::Compiling { program, size } => {
                printer.detail(&format!("compiling `{program}` ({:.1} MB)", size as f64 / 1e6));
            }
            Event::Compiled => {
                if let Some(done) = running.take() {
                    // The thread answers by dropping its end once the line is gone.
                    let _ = done.send(());
                }
            }
            Event::Given { bytes } => meter::spare(bytes),
            _ => {}
        }
    })
}

/// Shows the line after a while, and takes it away when the sender is used or dropped.
fn announce(program: &str, size: usize) -> Sender<()> {
    let (done, wait) = channel();
    let line = format!("compiling `{}` ({:.1} MB) …", escape(program), size as f64 / 1e6);
    std::thread::spawn(move || {
        if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            let mut stderr = std::io::stderr();
            let _ = write!(stderr, "\r{line}");
            let _ = wait.recv();
            let _ = write!(stderr, "\r{:width$}\r", "", width = line.chars().count());
        }
    });
    done
}
