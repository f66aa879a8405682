//! What a tar lists.

use std::fs::File;
use std::io::BufReader;

use tar::EntryType;

use crate::fs::archive::content::{Content, Refused};
use crate::fs::archive::index::{Body, Index};

/// Reads the headers of a tar, and nothing else of it.
///
/// # Errors
/// Why it's refused.
pub(super) fn fill(file: &File, index: &mut Index) -> Result<(), Refused> {
    let failed = |error: std::io::Error| format!("it's no tar that can be read: {error}");
    let whole = file.metadata().map_err(failed)?.len();
    let reader = BufReader::new(file.try_clone().map_err(failed)?);
    let mut reader = reader;
    std::io::Seek::rewind(&mut reader).map_err(failed)?;
    let mut archive = tar::Archive::new(reader);

    let mut any = false;
    for entry in archive.entries_with_seek().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        any = true;
        let (header, name) = (entry.header(), entry.path_bytes());
        let changed = header.mtime().unwrap_or(0);
        let (offset, size) = (entry.raw_file_position(), entry.size());
        let link = || entry.link_name_bytes().ok_or("it has a link that leads nowhere".to_owned());
        match header.entry_type() {
            EntryType::Regular | EntryType::Continuous => {
                if offset.checked_add(size).is_none_or(|end| end > whole) {
                    return Err("it's cut off in the middle of a file".to_owned());
                }
                // Old tars have directories as files whose names end so.
                let body = match name.ends_with(b"/") {
                    true => Body::Directory(Default::default()),
                    false => Body::File { size, content: Content::Stored { offset } },
                };
                index.add(&name, body, changed)?;
            }
            EntryType::Directory => {
                index.add(&name, Body::Directory(Default::default()), changed)?;
            }
            EntryType::Symlink => {
                let target = String::from_utf8(link()?.into_owned());
                let target = target.map_err(|_| "it has a link that is no UTF-8".to_owned())?;
                index.add(&name, Body::Link(target), changed)?;
            }
            EntryType::Link => index.link(&name, &link()?)?,
            EntryType::Char | EntryType::Block | EntryType::Fifo => {
                index.add(&name, Body::Special, changed)?;
            }
            EntryType::XGlobalHeader => {}
            EntryType::GNUSparse => return Err("it has a sparse file".to_owned()),
            other => return Err(format!("it has an entry of the kind {:?}", other.as_byte())),
        }
    }
    if any || whole >= 1024 { Ok(()) } else { Err("it's neither tar nor zip".to_owned()) }
}
