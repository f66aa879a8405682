//! Which file a program is, without reading it: large programs are found in the cache by this.
//!
//! A file's identity is its device, inode, size, time of modification and time of change. The
//! system sets the last one at each change of content, and no program can set it back; a file that
//! changed less than two seconds ago has none, since a change within the clock's granularity
//! wouldn't show.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Smaller programs are read and hashed faster than it takes to do better, in bytes.
const LARGE: u64 = 1 << 20;
/// How long ago a file must have changed last.
const SETTLED: Duration = Duration::from_secs(2);

/// The identity of a large file that is open; `None` when it's small, new, or no regular file.
pub(super) fn of(file: &File) -> Option<String> {
    let meta = file.metadata().ok().filter(|meta| meta.is_file() && meta.len() >= LARGE)?;
    let changed =
        UNIX_EPOCH + Duration::new(u64::try_from(meta.ctime()).ok()?, meta.ctime_nsec() as u32);
    if SystemTime::now().duration_since(changed).ok()? < SETTLED {
        return None;
    }
    let numbers = [meta.dev(), meta.ino(), meta.len()].map(|n| n.to_string()).join(" ");
    let times = [meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()]
        .map(|n| n.to_string())
        .join(" ");
    Some(format!("{numbers} {times}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_just_written_or_is_small_has_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.wasm");
        let identity = || of(&File::open(&path).unwrap());
        std::fs::write(&path, b"\0asm\x01\0\0\0").unwrap();
        assert_eq!(identity(), None);
        let mut large = b"\0asm\x01\0\0\0".to_vec();
        large.resize(LARGE as usize, 0);
        std::fs::write(&path, large).unwrap();
        assert_eq!(identity(), None);
        assert_eq!(of(&File::open(dir.path()).unwrap()), None);
    }
}
