//! A line of cron: a usage error, or minutes that come one after another.

use forebay::app::Cron;

/// One input; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(cron) = Cron::read(text, None) else { return };
    let mut now = "2026-01-01T00:00:30Z".parse().unwrap();
    for _ in 0..3 {
        let next = cron.next(now).expect("a line that is taken names a minute");
        assert!(next > now && next.as_second() % 60 == 0, "{text}: {next} after {now}");
        now = next;
    }
}
