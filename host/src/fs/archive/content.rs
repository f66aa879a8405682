//! What of an archive its other files speak of.

use std::fs::File;

/// How many entries an archive may have.
pub(super) const ENTRIES: usize = 500_000;

/// Where the bytes of a file are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// In the archive as they are.
    Stored { offset: u64 },
    /// In a zip, compressed, by the entry's number.
    Deflated { number: usize },
}

/// What an archive can't be, as a sentence.
pub(super) type Refused = String;

/// Why what is too large is refused.
pub(super) fn too_large(most: u64) -> Refused {
    format!("unpacked it's larger than {most} bytes, which is the most for one of its size")
}

/// A zip that is read one entry at a time.
pub(super) type Zip = zip::ZipArchive<File>;
