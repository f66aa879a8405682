//! Keeps the cache within its bound.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::cache::object::{ENDING, REFERENCE_ENDING, Reference};

/// How names of files that are still being written begin.
pub(super) const TEMPORARY: &str = "tmp-";
/// A file still being written after this long was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Removes what killed processes left and, while the rest takes over `limit` bytes, the entries whose reference was written longest ago; never the object `keep`.
pub(super) fn evict(directory: &Path, limit: u64, keep: &Path) -> io::Result<()> {
    let mut objects: BTreeMap<PathBuf, u64> = BTreeMap::new();
    let mut references = Vec::new();
    let mut total = 0;
    for entry in fs::read_dir(directory)?.flatten() {
        let (path, Ok(meta)) = (entry.path(), entry.metadata()) else { continue };
        let age = SystemTime::now().duration_since(meta.modified()?).unwrap_or_default();
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            if age > ABANDONED {
                remove(&path)?;
            }
        } else if path.extension().is_some_and(|ending| ending == ENDING) {
            total += meta.len();
            objects.insert(path, meta.len());
        } else if path.extension().is_some_and(|ending| ending == REFERENCE_ENDING) {
            total += meta.len();
            references.push((meta.modified()?, path, meta.len()));
        }
    }
    references.sort();
    for (_, path, size) in references {
        if total <= limit {
            return Ok(());
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let object = Reference::parse(&text).map(|r| directory.join(format!("{}.{ENDING}", r.checksum())));
        if object.as_deref() == Some(keep) {
            continue;
        }
        remove(&path)?;
        total -= size;
        if let Some((object, size)) = object.and_then(|object| objects.remove_entry(&object)) {
            remove(&object)?;
            total -= size;
        }
    }
    Ok(())
}

/// Removes every file of the cache; gives the bytes freed.
pub(super) fn clear(directory: &Path) -> io::Result<u64> {
    let mut freed = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(TEMPORARY) || name.ends_with(ENDING) || name.ends_with(REFERENCE_ENDING) {
            freed += entry.metadata().map_or(0, |meta| meta.len());
            remove(&entry.path())?;
        }
    }
    Ok(freed)
}

/// Removes a file; one that another process removed first is fine.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
