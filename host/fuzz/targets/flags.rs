//! Any text as a directory, a size, a duration: a value or a usage error.
#![no_main]

use forebay::policy::Directory;
use forebay::units;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(directory) = text.parse::<Directory>() {
        assert_eq!(directory.to_string().parse::<Directory>().as_ref(), Ok(&directory), "{text:?}");
    }
    if let Ok(bytes) = units::size(text) {
        assert_eq!(units::size(&bytes.to_string()), Ok(bytes), "{text:?}");
    }
    if let Ok(time) = units::duration(text) {
        assert!(time.as_secs() < 4_000_000_000, "{text:?}");
    }
});
