//! An object's identity: the hash of its content, and which file it was when that was last
//! computed.

use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The ending of files of machine code.
pub(super) const ENDING: &str = "cwasm";
/// The ending of references.
pub(super) const REFERENCE_ENDING: &str = "ref";

/// The BLAKE3 hash of `bytes`, in hexadecimal.
pub(super) fn checksum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// What a reference file says: `CHECKSUM SIZE INODE SECONDS NANOSECONDS`, the last two being the
/// time of change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    checksum: String,
    file: [i64; 4],
}

impl Reference {
    /// A reference to an object that was just hashed.
    pub(super) fn new(checksum: String, meta: &Metadata) -> Self {
        Reference {
            checksum,
            file: [meta.len() as i64, meta.ino() as i64, meta.ctime(), meta.ctime_nsec()],
        }
    }

    /// Reads a reference; `None` if it's malformed. The checksum becomes part of a path, so it must
    /// be a hash.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let checksum = words.next().filter(|word| blake3::Hash::from_hex(word).is_ok())?.to_owned();
        let mut file = [0; 4];
        for number in &mut file {
            *number = words.next()?.parse().ok()?;
        }
        words.next().is_none().then_some(Reference { checksum, file })
    }

    /// The hash the object must have.
    pub(super) fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Checks the object at `path`: gives this reference if it's the file that was hashed before, a
    /// new one if it's another file with the same content.
    pub(super) fn verify(&self, path: &Path) -> Result<Reference, String> {
        let meta = fs::metadata(path).map_err(|error| error.to_string())?;
        let current = Reference::new(self.checksum.clone(), &meta);
        if current == *self {
            return Ok(current);
        }
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        if checksum(&bytes) != self.checksum {
            return Err("its content is not what was stored".into());
        }
        Ok(current)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [size, inode, seconds, nanoseconds] = self.file;
        writeln!(f, "{} {size} {inode} {seconds} {nanoseconds}", self.checksum)
    }
}
