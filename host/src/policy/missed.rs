//! Whether a program that failed seems to have missed files.
//!
//! A program's library looks for files among the directories that it was given, so without one the
//! host never hears which file was wanted, or that one was. What there is to see: that the program
//! asked for its directories, and what it said on standard error.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How much of standard error is listened to, in bytes.
const MOST: usize = 64 << 10;

/// What libraries say of a file that isn't there, or of a directory that nobody gave, in lower case.
const SAID: [&str; 9] = [
    "no such file",
    "pre-opened",
    "preopen",
    "enoent",
    "enotcapable",
    "capabilities insufficient",
    "bad file descriptor",
    "bad file number",
    "os error 76",
];

/// What was seen of one guest.
#[derive(Debug, Default)]
pub struct Missed {
    asked: AtomicBool,
    heard: AtomicUsize,
    complained: AtomicBool,
}

impl Missed {
    /// Notes that the guest looked at the list of its directories.
    pub fn asked(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Listens to what the guest writes to standard error.
    pub fn hear(&self, bytes: &[u8]) {
        let heard = self.heard.fetch_add(bytes.len().min(MOST), Ordering::Relaxed);
        if bytes.is_empty() || heard > MOST {
            return;
        }
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST)]).to_ascii_lowercase();
        if SAID.iter().any(|phrase| text.contains(phrase)) {
            self.complained.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it seems so, of a guest that failed, by the general code of failures if `generally`.
    /// One that says nothing at all and fails so may have; one with a code of its own means that.
    pub fn seems(&self, generally: bool) -> bool {
        let silent = self.heard.load(Ordering::Relaxed) == 0;
        self.asked.load(Ordering::Relaxed)
            && (self.complained.load(Ordering::Relaxed) || (silent && generally))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_says_why_it_failed_is_believed() {
        let said = |text: &str, generally| {
            let missed = Missed::default();
            missed.asked();
            missed.hear(text.as_bytes());
            missed.seems(generally)
        };
        assert!(said("FileNotFoundError: [Errno 44] No such file or directory: 'x'", false));
        assert!(said("failed to find a pre-opened file descriptor through which x", true));
        assert!(said("", true) && !said("", false));
        assert!(!said("usage: x FILE", true) && !said("connection refused", true));
        let never = Missed::default();
        never.hear(b"No such file");
        assert!(!never.seems(true), "it never looked for a directory");
    }
}
