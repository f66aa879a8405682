//! Archives as directories that are only read: tar, compressed or not, and zip. Nothing is unpacked
//! but what is compressed, once, into a file without a name.
//!
//! An archive is whoever's that made it, so all of it is looked at before anything runs: names that
//! lead out, twice the same, files in files, sizes that can't be.

mod content;
mod index;
mod node;
mod tar;
mod zip;

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{Class, Error, Result};
use crate::fs::archive::content::{Refused, too_large};
use crate::fs::archive::index::Index;
use crate::fs::node::NodeRef;

/// How large it may be, unpacked, whatever its own size.
const SMALL: u64 = 256 << 20;
/// How much larger than itself it may be, unpacked.
const RATIO: u64 = 200;
/// The most that it may be in any case.
const LARGE: u64 = 16 << 30;

/// Opens the archive at `path`, known by its content.
///
/// # Errors
/// `Class::NotFound` when it isn't there, `Class::Program` when it's none, or one that is refused.
pub fn open(path: &Path) -> Result<NodeRef> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| {
        let class = match error.kind() {
            io::ErrorKind::NotFound => Class::NotFound,
            _ => Class::Host,
        };
        Error::new(class, format!("the archive `{shown}` can't be opened")).cause(error)
    })?;
    read(file).map_err(|why| {
        Error::new(Class::Program, format!("the archive `{shown}` can't be mounted"))
            .cause(why)
            .hint("make it anew, of files and directories with relative names: `tar -cf FILE -C DIR .`")
    })
}

/// The root of what an archive holds.
///
/// # Errors
/// Why it's refused.
pub fn read(file: File) -> std::result::Result<NodeRef, String> {
    let failed = |error: io::Error| format!("it can't be read: {error}");
    let meta = file.metadata().map_err(failed)?;
    if !meta.is_file() {
        return Err("it's no file".to_owned());
    }
    let most = SMALL.max(meta.len().saturating_mul(RATIO)).min(LARGE);
    let mut magic = [0; 4];
    let known = file.read_at(&mut magic, 0).map_err(failed)?;

    let mut index = Index::new(most);
    match &magic[..known] {
        [0x1f, 0x8b, ..] => {
            let whole = inflate(file, most)?;
            tar::fill(&whole, &mut index)?;
            Ok(node::root(index, whole, None))
        }
        b"PK\x03\x04" | b"PK\x05\x06" => {
            let zip = zip::fill(&file, &mut index)?;
            let inflated = tempfile::tempfile().map_err(failed)?;
            Ok(node::root(index, file, Some((zip, inflated))))
        }
        _ => {
            tar::fill(&file, &mut index)?;
            Ok(node::root(index, file, None))
        }
    }
}

/// A compressed archive, uncompressed, at most so many bytes.
fn inflate(file: File, most: u64) -> std::result::Result<File, Refused> {
    let failed = |error: io::Error| format!("it can't be uncompressed: {error}");
    let mut whole = tempfile::tempfile().map_err(failed)?;
    let mut reader = MultiGzDecoder::new(io::BufReader::new(file)).take(most + 1);
    let mut piece = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let count = reader.read(&mut piece).map_err(failed)?;
        if count == 0 {
            return Ok(whole);
        }
        size += count as u64;
        if size > most {
            return Err(too_large(most));
        }
        whole.write_all(&piece[..count]).map_err(failed)?;
    }
}

#[cfg(test)]
mod tests;
