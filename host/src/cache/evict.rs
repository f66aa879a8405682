//! Keeps the cache within its bound.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::cache::object::{ENDING, REFERENCE_ENDING, Reference};

/// How names of files that are still being written begin.
pub(super) const TEMPORARY: &str = "tmp-";
/// A file still being written after this long was left by a process that was killed; so was an
/// object without a reference.
const ABANDONED: Duration = Duration::from_secs(3600);
/// A reference is written again when it's used after this long, so that its age tells when it was
/// last used.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// Whether a reference was written so long ago that its use should be noted.
pub(super) fn is_stale(reference: &Path) -> bool {
    let written = fs::metadata(reference).and_then(|meta| meta.modified());
    written.is_ok_and(|written| age(written) > STALE)
}

fn age(written: SystemTime) -> Duration {
    SystemTime::now().duration_since(written).unwrap_or_default()
}

/// Removes what killed processes left and, while the rest takes over `limit` bytes, the entries
/// whose reference was written longest ago; never the object `keep`.
pub(super) fn evict(directory: &Path, limit: u64, keep: &Path) -> io::Result<()> {
    let (mut objects, mut references) = (BTreeMap::new(), Vec::new());
    for entry in fs::read_dir(directory)?.flatten() {
        // A file that is gone by now was removed by another process.
        let (path, Ok(meta)) = (entry.path(), entry.metadata()) else { continue };
        let written = meta.modified()?;
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending {
            _ if entry.file_name().to_string_lossy().starts_with(TEMPORARY) => {
                if age(written) > ABANDONED {
                    remove(&path)?;
                }
            }
            Some(ENDING) => drop(objects.insert(path, (meta.len(), written))),
            Some(REFERENCE_ENDING) => {
                let text = fs::read_to_string(&path).unwrap_or_default();
                let object = Reference::parse(&text)
                    .map(|r| directory.join(format!("{}.{ENDING}", r.checksum())));
                references.push((written, path, meta.len(), object));
            }
            _ => {}
        }
    }
    // A set: a cache can hold thousands of each.
    let named: HashSet<&OsStr> =
        references.iter().filter_map(|(.., object)| object.as_ref()?.file_name()).collect();
    for (path, (_, written)) in &objects {
        let is_named = path.file_name().is_some_and(|name| named.contains(name));
        if !is_named && path != keep && age(*written) > ABANDONED {
            remove(path)?;
        }
    }
    let mut total: u64 = objects
        .values()
        .map(|(size, _)| size)
        .chain(references.iter().map(|(_, _, size, _)| size))
        .sum();
    references.sort();
    for (_, path, size, object) in references {
        if total <= limit {
            break;
        }
        if object.as_deref() == Some(keep) {
            continue;
        }
        remove(&path)?;
        total -= size;
        if let Some((object, (size, _))) = object.and_then(|object| objects.remove_entry(&object)) {
            remove(&object)?;
            total -= size;
        }
    }
    Ok(())
}

/// How many bytes the files of the cache take.
pub(super) fn size(directory: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(ENDING) || name.ends_with(REFERENCE_ENDING) {
            total += entry.metadata().map_or(0, |meta| meta.len());
        }
    }
    Ok(total)
}

/// Removes every file of the cache; gives the bytes freed.
pub(super) fn clear(directory: &Path) -> io::Result<u64> {
    let mut freed = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(TEMPORARY) || name.ends_with(ENDING) || name.ends_with(REFERENCE_ENDING)
        {
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
