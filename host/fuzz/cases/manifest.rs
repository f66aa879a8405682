//! Any text: a manifest or a usage error, the same each time; and every guest that it names is
//! there.

use std::path::Path;

use forebay::app::Manifest;
use forebay::error::Class;

/// One input; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let read = || Manifest::parse("forebay.toml", text, Path::new("/folder"));
    match read() {
        Ok(manifest) => {
            assert!(manifest.guests.contains_key(&manifest.main));
            assert_eq!(format!("{:?}", read()), format!("{:?}", Ok::<_, ()>(&manifest)));
            assert!(
                manifest
                    .links
                    .iter()
                    .all(|link| link.guest.iter().all(|guest| manifest.guests.contains_key(guest)))
            );
        }
        Err(error) => assert_eq!(error.class(), Class::Usage, "{error}"),
    }
}
