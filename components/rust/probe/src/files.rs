//! Files and directories, by the paths that the preopened directories answer to.

use crate::outcome::{Outcome, code, fail, say, stream_code, write_all};
use crate::wasi::cli::{environment, stdout};
use crate::wasi::filesystem::preopens;
use crate::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};
use crate::wasi::io::streams::StreamError;

/// Prints a file as it is.
pub fn read(path: &str) -> Outcome {
    let file = open(path, OpenFlags::empty(), DescriptorFlags::READ)?;
    let (input, output) = (file.read_via_stream(0).map_err(code)?, stdout::get_stdout());
    loop {
        match input.blocking_read(64 * 1024) {
            Ok(bytes) => write_all(&output, &bytes)?,
            Err(StreamError::Closed) => return Ok(()),
            Err(error) => return Err(stream_code(error)),
        }
    }
}

/// Makes a file of `text` alone.
pub fn write(path: &str, text: &str) -> Outcome {
    let file = open(path, OpenFlags::CREATE | OpenFlags::TRUNCATE, DescriptorFlags::WRITE)?;
    write_all(&file.write_via_stream(0).map_err(code)?, text.as_bytes())?;
    say(&format!("wrote {}", text.len()));
    Ok(())
}

/// Makes a directory.
pub fn mkdir(path: &str) -> Outcome {
    let (root, path) = locate(path)?;
    root.create_directory_at(&path).map_err(code)?;
    say("made");
    Ok(())
}

/// Prints the names in a directory, sorted; directories end in a slash.
pub fn list(path: &str) -> Outcome {
    let directory = open(path, OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
    let entries = directory.read_directory().map_err(code)?;
    let mut names = Vec::new();
    while let Some(entry) = entries.read_directory_entry().map_err(code)? {
        let slash = if entry.type_ == DescriptorType::Directory { "/" } else { "" };
        names.push(format!("{}{slash}", entry.name));
    }
    names.sort();
    names.iter().for_each(|name| say(name));
    Ok(())
}

/// Prints `file SIZE`, `directory`, or the name of another type.
pub fn stat(path: &str) -> Outcome {
    let (root, path) = locate(path)?;
    let stat = root.stat_at(PathFlags::SYMLINK_FOLLOW, &path).map_err(code)?;
    match stat.type_ {
        DescriptorType::RegularFile => say(&format!("file {}", stat.size)),
        other => say(&code(other)),
    }
    Ok(())
}

/// Removes a file or an empty directory.
pub fn remove(path: &str) -> Outcome {
    let (root, path) = locate(path)?;
    match root.unlink_file_at(&path) {
        Err(ErrorCode::IsDirectory) => root.remove_directory_at(&path).map_err(code)?,
        other => other.map_err(code)?,
    }
    say("removed");
    Ok(())
}

/// Renames, from one preopened directory to another if the paths say so.
pub fn rename(from: &str, to: &str) -> Outcome {
    let ((from_root, from), (to_root, to)) = (locate(from)?, locate(to)?);
    from_root.rename_at(&from, &to_root, &to).map_err(code)?;
    say("renamed");
    Ok(())
}

fn open(path: &str, open: OpenFlags, flags: DescriptorFlags) -> Outcome<Descriptor> {
    let (root, path) = locate(path)?;
    root.open_at(PathFlags::SYMLINK_FOLLOW, &path, open, flags).map_err(code)
}

/// The preopened directory with the longest name that `path` begins with, and the rest of the path.
/// `..` is left in: whether it may lead out is for the host to say.
fn locate(path: &str) -> Outcome<(Descriptor, String)> {
    let cwd = environment::initial_cwd().unwrap_or_else(|| "/".into());
    let full = if path.starts_with('/') {
        path.into()
    } else {
        format!("{}/{path}", cwd.trim_end_matches('/'))
    };
    let mut best: Option<(usize, Descriptor, String)> = None;
    for (root, name) in preopens::get_directories() {
        let (whole, name) = match name.as_str() {
            "." | "" => (path, ""),
            name => (full.as_str(), name.trim_end_matches('/')),
        };
        let Some(rest) = whole
            .strip_prefix(name)
            .filter(|rest| name.is_empty() || rest.is_empty() || rest.starts_with('/'))
        else {
            continue;
        };
        if best.as_ref().is_none_or(|(length, ..)| name.len() >= *length) {
            let rest = rest.trim_start_matches('/');
            best = Some((name.len(), root, if rest.is_empty() { ".".into() } else { rest.into() }));
        }
    }
    match best {
        Some((_, root, rest)) => Ok((root, rest)),
        None => fail("no-preopen"),
    }
}
