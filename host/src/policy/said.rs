//! The last of what a guest wrote to a standard error that leads nowhere: if the guest fails, that
//! is where it says why.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

/// How much is kept, in bytes.
const MOST: usize = 4096;

/// What a guest wrote to a silenced standard error, its last 4 KiB. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Said(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    bytes: VecDeque<u8>,
    /// Whether something before them was forgotten.
    cut: bool,
}

/// The last lines that a guest which failed wrote to a silenced standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLines {
    /// Which guest of a graph, unless it's the main one.
    pub guest: Option<String>,
    /// The lines. They are the guest's choice.
    pub text: String,
}

impl Said {
    /// Keeps the end of what was said so far and this.
    pub fn hear(&self, bytes: &[u8]) {
        let mut kept = self.lock();
        let last = &bytes[bytes.len().saturating_sub(MOST)..];
        let over = (kept.bytes.len() + last.len()).saturating_sub(MOST);
        kept.cut |= over > 0 || last.len() < bytes.len();
        kept.bytes.drain(..over);
        kept.bytes.extend(last);
    }

    /// The last lines, whole ones if there are any; `None` if nothing was said since this was asked.
    pub fn take(&self) -> Option<String> {
        let Kept { bytes, cut } = std::mem::take(&mut *self.lock());
        let bytes = Vec::from(bytes);
        let text = String::from_utf8_lossy(&bytes);
        let whole = match text.split_once('\n') {
            Some((_, whole)) if cut && !whole.trim().is_empty() => whole,
            _ => &text,
        };
        let lines = whole.trim_end();
        (!lines.is_empty()).then(|| lines.to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_in_whole_lines_and_told_once() {
        let said = Said::default();
        assert_eq!(said.take(), None);
        said.hear(b"a\nb");
        said.hear(b"c\n");
        assert_eq!((said.take().as_deref(), said.take()), (Some("a\nbc"), None));
        for number in 0..10_000 {
            said.hear(format!("line {number}\n").as_bytes());
        }
        let kept = said.take().unwrap();
        assert!(kept.ends_with("line 9999") && kept.len() <= MOST);
        assert!(kept.lines().all(|line| line.starts_with("line ")), "{kept}");
        said.hear(&[b'x'; 3 * MOST]);
        assert_eq!(said.take().map(|kept| kept.len()), Some(MOST));
    }
}
