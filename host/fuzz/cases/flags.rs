//! Any text as a directory, a size, a duration, an open socket: a value or a usage error.

use forebay::policy::{Directory, Preopen};
use forebay::units;

/// One input; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(directory) = text.parse::<Directory>() {
        assert_eq!(directory.to_string().parse::<Directory>().as_ref(), Ok(&directory), "{text:?}");
    }
    if let Ok(bytes) = units::size(text) {
        assert_eq!(units::size(&bytes.to_string()), Ok(bytes), "{text:?}");
    }
    if let Ok(time) = units::duration(text) {
        assert!(time.as_secs() < 4_000_000_000, "{text:?}");
    }
    for socket in [Preopen::listen(text), Preopen::dial(text)].into_iter().flatten() {
        assert!(socket.rule().is_some(), "{text:?} is shown as {socket}, which grants nothing");
    }
}
