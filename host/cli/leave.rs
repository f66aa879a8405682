//! Ends the process, whatever its threads do, after words that nobody may ever read.

use std::sync::mpsc::channel;
use std::time::Duration;

use forebay::stream::temporary;

use crate::exit::Status;

/// How long the last words about a guest may take that went over its limit. Whoever should read
/// them may never do so.
const LAST_WORDS: Duration = Duration::from_millis(30);

/// Lets something be said that nobody may ever read.
pub fn say_last(words: impl FnOnce() + Send + 'static) {
    let (said, heard) = channel();
    // On a thread of its own: writing can wait for ever.
    let speaking = std::thread::Builder::new().spawn(move || {
        words();
        let _ = said.send(());
    });
    if speaking.is_ok() {
        let _ = heard.recv_timeout(LAST_WORDS);
    }
}

/// Ends the process, whatever its other threads do.
pub fn leave(status: Status) -> ! {
    temporary::remove_all();
    std::process::exit(status.code().into())
}
