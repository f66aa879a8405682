//! Any text: a manifest or a usage error, the same each time; and every guest that it names is
//! there.
#![no_main]

use std::path::Path;

use forebay::error::Class;
use forebay::graph::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = || Manifest::parse("forebay.toml", text, Path::new("/folder"));
    match read() {
        Ok(manifest) => {
            assert!(manifest.guests.contains_key(&manifest.main));
            assert_eq!(read().as_ref(), Ok(&manifest));
            assert!(
                manifest
                    .links
                    .iter()
                    .all(|link| link.guest.iter().all(|guest| manifest.guests.contains_key(guest)))
            );
        }
        Err(error) => assert_eq!(error.class(), Class::Usage, "{error}"),
    }
});
