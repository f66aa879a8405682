//! What a zip lists.

use std::fs::File;

use zip::CompressionMethod;
use zip::ZipArchive;

use crate::fs::archive::content::{Content, Refused, Zip};
use crate::fs::archive::index::{Body, Index};

/// The longest target of a link, in bytes.
const TARGET: u64 = 4096;

/// Reads the directory of a zip, and its links.
///
/// # Errors
/// Why it's refused.
pub(super) fn fill(file: &File, index: &mut Index) -> Result<Zip, Refused> {
    let failed = |error: &dyn std::fmt::Display| format!("it's no zip that can be read: {error}");
    let own = file.try_clone().map_err(|error| failed(&error))?;
    let mut zip = ZipArchive::new(own).map_err(|error| failed(&error))?;
    if zip.has_duplicate_names() {
        return Err("it has a name twice".to_owned());
    }
    if zip.has_overlapping_entries().map_err(|error| failed(&error))? {
        return Err("it has files that lie in each other".to_owned());
    }

    for number in 0..zip.len() {
        let mut entry = zip.by_index(number).map_err(|error| failed(&error))?;
        let name = entry.name_raw().to_vec();
        let shown = String::from_utf8_lossy(&name).escape_debug().to_string();
        if name.contains(&b'\\') {
            return Err(format!("the name `{shown}` holds a `\\`"));
        }
        let changed = entry.last_modified().map_or(0, |time| seconds(&time));
        let body = if entry.is_dir() {
            Body::Directory(Default::default())
        } else if entry.is_symlink() {
            let mut target = String::new();
            let mut reader = std::io::Read::take(&mut entry, TARGET);
            std::io::Read::read_to_string(&mut reader, &mut target)
                .map_err(|error| failed(&error))?;
            Body::Link(target)
        } else {
            let (size, method) = (entry.size(), entry.compression());
            let content = match (method, entry.data_start()) {
                (CompressionMethod::Stored, Some(offset)) if size == entry.compressed_size() => {
                    Content::Stored { offset }
                }
                (CompressionMethod::Deflated, _) => Content::Deflated { number },
                _ => return Err(format!("`{shown}` is compressed in another way than deflate")),
            };
            Body::File { size, content }
        };
        index.add(&name, body, changed)?;
    }
    Ok(zip)
}

/// A zip's time, which has no zone, in seconds since 1970.
fn seconds(time: &zip::DateTime) -> u64 {
    let (year, month, day) =
        (i64::from(time.year()), i64::from(time.month()), i64::from(time.day()));
    // Days from a March on, so that a leap day is the last of a year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    let clock =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    u64::try_from(days * 86_400 + clock).unwrap_or(0)
}
