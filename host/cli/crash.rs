//! Faults of ours: a panic becomes one message that says so, and what to report.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::Mutex;

use crate::exit::Status;
use crate::report::Printer;

/// The first panic, with its place in our sources.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Does `work`; if it panics, says what to report.
pub fn caught(printer: &Printer, work: impl FnOnce() -> Status) -> Status {
    set_hook(Box::new(note));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        printer.failure(
            "forebay broke off: this is a fault of forebay, not of the program or of how it was called",
            None,
        );
        printer.failure(&report(), Some("please report these lines, with the command that was typed"));
        Status::Host
    })
}

fn note(panic: &PanicHookInfo<'_>) {
    let text = panic.payload_as_str().unwrap_or("without a message");
    let place = panic.location().map(|place| format!(", at {place}")).unwrap_or_default();
    let mut first = PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    first.get_or_insert_with(|| format!("{text}{place}"));
}

fn report() -> String {
    let panic = PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
    format!(
        "version {}, {} on {}: {}",
        env!("CARGO_PKG_VERSION"),
        std::env::args().nth(1).unwrap_or_default(),
        std::env::consts::ARCH,
        panic.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_reported_with_its_place_and_the_version() {
        let hook = std::panic::take_hook();
        set_hook(Box::new(note));
        assert!(catch_unwind(|| panic!("a fault")).is_err());
        std::panic::set_hook(hook);
        let report = report();
        for part in ["a fault, at ", "crash.rs:", env!("CARGO_PKG_VERSION")] {
            assert!(report.contains(part), "no `{part}` in {report}");
        }
    }
}
