//! Any text: a place or a failure with a reason; a password is never shown.

use forebay::stream::{Direction, Location};

/// One input; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<Location>() {
        Ok(location) => {
            let shown = location.to_string();
            // What is shown names the same scheme; what is left out (queries, data) isn't asked for
            // again.
            assert!(!shown.is_empty());
            let ways = [Direction::Source, Direction::Sink]
                .map(|direction| location.check(direction).is_ok());
            assert!(ways.contains(&true), "{text:?} can be neither read nor written");
        }
        Err(failure) => assert!(!failure.why.is_empty()),
    }
    let secret = "s3cr3t-p4ssw0rd";
    if !text.contains(secret)
        && let Ok(location) = format!("https://user:{secret}@{text}").parse::<Location>()
    {
        assert!(!location.to_string().contains(secret), "{location}");
    }
}
