//! A file, by a path that one of the preopened directories answers to.

use crate::output::{Outcome, code, fail, pour};
use crate::wasi::filesystem::preopens;
use crate::wasi::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};

/// Prints a file as it is.
pub async fn read(path: &str) -> Outcome {
    let (root, path) = locate(path)?;
    let file =
        root.open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ);
    let file = file.await.map_err(code)?;
    let (input, ended) = file.read_via_stream(0);
    pour(input).await?;
    ended.await.map_err(code)
}

/// The preopened directory with the longest name that `path` begins with, and the rest of the path.
fn locate(path: &str) -> Outcome<(Descriptor, String)> {
    let mut best: Option<(usize, Descriptor, String)> = None;
    for (root, name) in preopens::get_directories() {
        let prefix = if name == "." { "" } else { name.trim_end_matches('/') };
        let Some(rest) = path.strip_prefix(prefix) else { continue };
        let fits = rest.is_empty() || rest.starts_with('/') || name == ".";
        if fits && best.as_ref().is_none_or(|(length, ..)| prefix.len() >= *length) {
            best = Some((prefix.len(), root, rest.trim_start_matches('/').into()));
        }
    }
    match best {
        Some((_, root, rest)) => Ok((root, rest)),
        None => fail("no-preopen"),
    }
}
