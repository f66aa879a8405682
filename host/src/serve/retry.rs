//! How long to wait before something that failed is tried again. Pure.

use std::time::Duration;

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(300);

/// Pauses, each twice as long as the one before, up to five minutes.
#[derive(Clone, Debug)]
pub struct Pauses {
    next: Duration,
    left: u32,
}

impl Pauses {
    /// So many pauses, of which the first is so long.
    pub fn new(first: Duration, count: u32) -> Pauses {
        Pauses { next: first, left: count }
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let pause = self.next.min(LONGEST);
        self.next = pause.saturating_mul(2);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let seconds = |first: u64, count: u32| -> Vec<u64> {
            Pauses::new(Duration::from_secs(first), count).map(|pause| pause.as_secs()).collect()
        };
        assert_eq!(seconds(1, 3), [1, 2, 4]);
        assert_eq!(seconds(100, 4), [100, 200, 300, 300]);
        assert_eq!(seconds(1, 0), [0; 0]);
        assert_eq!(Pauses::new(Duration::MAX, u32::MAX).nth(100), Some(LONGEST));
    }
}
