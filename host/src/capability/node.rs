//! Descriptors that stand for nodes of our own file systems (`fs`), whatever the generation: what
//! each function answers, and who is told of a refusal. What is `None` is about a descriptor of the
//! host's, which wasmtime-wasi answers for.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::SystemTime;

use bytes::Bytes;
use rustix::io::Errno;
use tokio::io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;

use crate::capability::{Guarded, Origin};
use crate::event::Event;
use crate::fs::{Kind, New, NodeRef, Open};
use crate::stream::Shared;

/// The most that is read or written at once, in bytes.
const MOST: u64 = 1 << 16;

/// An answer about a node.
pub(super) type Answer<R> = Option<io::Result<R>>;

/// Whether a link that a path ends in is followed.
pub(super) trait Follows {
    fn follows(&self) -> bool;
}

/// A time to be set.
pub(super) trait NewTime {
    /// The time; `None` leaves it as it is.
    fn time(&self) -> Option<SystemTime>;
}

/// What stands for a descriptor, if it isn't one of the host's.
pub(super) fn opened<T: Guarded>(data: &mut T, fd: &Resource<Descriptor>) -> Option<Open> {
    data.nodes().get(fd.rep()).cloned()
}

/// Gives a guest a descriptor for what was opened.
pub(super) fn push<T: Guarded>(
    data: &mut T,
    open: Open,
    origin: Origin,
) -> wasmtime::Result<Resource<Descriptor>> {
    let stand_in = data.stand_in();
    let descriptor = data.ctx().table.push(stand_in)?;
    data.nodes().set(descriptor.rep(), Some(open));
    data.set_origin(descriptor.rep(), origin);
    Ok(descriptor)
}

/// Notes what was opened, or why it wasn't.
pub(super) fn settle<T: Guarded>(
    data: &mut T,
    (fd, path): (u32, &str),
    opened: io::Result<Open>,
) -> wasmtime::Result<io::Result<Resource<Descriptor>>> {
    let origin = data.origin(fd);
    let opened = opened.and_then(|open| {
        if open.stream().is_some() {
            data.nodes().room()?;
        }
        Ok(open)
    });
    match noted(data, (fd, path), opened) {
        Ok(open) => Ok(Ok(push(data, open, origin)?)),
        Err(error) => Ok(Err(error)),
    }
}

/// Tells the user of a refusal. What a link's text leads to isn't known here, so only a path that
/// leads out by its own text is told of.
fn noted<T: Guarded, R>(data: &T, (fd, path): (u32, &str), answer: io::Result<R>) -> io::Result<R> {
    let refused = |errno: Errno| {
        answer.as_ref().is_err_and(|error| error.raw_os_error() == Some(errno.raw_os_error()))
    };
    let origin = data.origin(fd);
    match origin.grant {
        _ if refused(Errno::PERM) && escapes(path) => data.guard(origin.guest).refused_escape(path),
        Some(grant) if refused(Errno::ROFS) => data.guard(origin.guest).refused_change(path, grant),
        _ => {}
    }
    answer
}

/// Whether a path, read by its text alone, leads out of the directory it starts from.
pub(super) fn escapes(path: &str) -> bool {
    let mut depth = 0i64;
    for part in path.split('/') {
        depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        if depth < 0 {
            return true;
        }
    }
    path.starts_with('/')
}

/// What is done at one path.
fn change<T: Guarded, R>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    path: &str,
    work: impl FnOnce(&Open) -> io::Result<R>,
) -> Answer<R> {
    let open = opened(data, fd)?;
    Some(noted(data, (fd.rep(), path), work(&open)))
}

/// What is done at two paths. One of the host's and one of ours are two devices.
fn between<T: Guarded>(
    data: &mut T,
    (fd, path): (&Resource<Descriptor>, &str),
    (to, _name): (&Resource<Descriptor>, &str),
    work: impl FnOnce(&Open, &Open) -> io::Result<()>,
) -> Answer<()> {
    match (opened(data, fd), opened(data, to)) {
        (Some(from), Some(to)) => Some(noted(data, (fd.rep(), path), work(&from, &to))),
        (None, None) => None,
        _ => Some(Err(Errno::XDEV.into())),
    }
}

pub(super) fn create_directory_at<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    path: &str,
) -> Answer<()> {
    change(data, fd, path, |open| open.make(path, New::Directory))
}

pub(super) fn remove_directory_at<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    path: &str,
) -> Answer<()> {
    change(data, fd, path, |open| open.remove(path, true))
}

pub(super) fn unlink_file_at<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    path: &str,
) -> Answer<()> {
    change(data, fd, path, |open| open.remove(path, false))
}

pub(super) fn symlink_at<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    target: &str,
    path: &str,
) -> Answer<()> {
    change(data, fd, path, |open| open.make(path, New::Link(target)))
}

pub(super) fn set_times_at<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    follow: &impl Follows,
    path: &str,
    read: &impl NewTime,
    changed: &impl NewTime,
) -> Answer<()> {
    change(data, fd, path, |open| {
        open.at(follow.follows(), path)?.set_times(read.time(), changed.time())
    })
}

pub(super) fn rename_at<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    path: &str,
    to: &Resource<Descriptor>,
    name: &str,
) -> Answer<()> {
    between(data, (fd, path), (to, name), |from, to| from.rename(path, to, name))
}

pub(super) fn link_at<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    follow: &impl Follows,
    path: &str,
    to: &Resource<Descriptor>,
    name: &str,
) -> Answer<()> {
    between(data, (fd, path), (to, name), |from, to| match follow.follows() {
        true => Err(Errno::INVAL.into()),
        false => from.link(path, to, name),
    })
}

/// The node at a path.
pub(super) fn at<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    follow: &impl Follows,
    path: &str,
) -> Answer<NodeRef> {
    change(data, fd, path, |open| open.at(follow.follows(), path))
}

/// Where the link at a path leads.
pub(super) fn target<T: Guarded>(
    data: &mut T,
    fd: &Resource<Descriptor>,
    path: &str,
) -> Answer<String> {
    change(data, fd, path, |open| open.at(false, path)?.target())
}

/// Whether two descriptors are of one node; `None` if both are the host's.
pub(super) fn same<T: Guarded>(
    data: &mut T,
    one: &Resource<Descriptor>,
    other: &Resource<Descriptor>,
) -> Option<bool> {
    match (opened(data, one), opened(data, other)) {
        (None, None) => None,
        (Some(one), Some(other)) => Some(one.id() == other.id()),
        _ => Some(false),
    }
}

/// What tells nodes apart, of which nothing can be read.
pub(super) fn hash((device, number): (u64, u64)) -> (u64, u64) {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&device.to_le_bytes()).update(&number.to_le_bytes());
    let hash = hasher.finalize();
    let half = |at: usize| {
        u64::from_le_bytes(hash.as_bytes()[at..at + 8].try_into().expect("these are eight bytes"))
    };
    (half(0), half(8))
}

/// At most `len` bytes at `offset`, and whether that is the end.
pub(super) async fn read(open: Open, len: u64, offset: u64) -> io::Result<(Bytes, bool)> {
    let len = len.min(MOST) as usize;
    let bytes = match open.stream() {
        None => open.read_at(len, offset)?,
        Some(shared) => {
            let (mut shared, mut bytes) = (shared.clone(), vec![0; len]);
            let mut room = ReadBuf::new(&mut bytes);
            poll_fn(|cx| Pin::new(&mut shared).poll_read(cx, &mut room)).await?;
            let count = room.filled().len();
            bytes.truncate(count);
            bytes.into()
        }
    };
    let end = bytes.is_empty() && (len > 0 || open.stream().is_none());
    Ok((bytes, end))
}

/// Writes to a file without offsets; how much was written.
pub(super) async fn write(mut shared: Shared, bytes: &[u8]) -> io::Result<u64> {
    let bytes = &bytes[..bytes.len().min(MOST as usize)];
    Ok(poll_fn(|cx| Pin::new(&mut shared).poll_write(cx, bytes)).await? as u64)
}

/// Closes a descriptor: what stands for it, and was read and written as a stream, is shut down.
pub(super) async fn close<T: Guarded>(data: &mut T, number: u32) {
    if let Some(mut shared) = data.nodes().close(number)
        && let Err(error) = shared.shutdown().await
    {
        tell(data, &error);
    }
}

/// Tells the user how what stands behind a file failed, which an error code doesn't.
pub(super) fn tell<T: Guarded>(data: &T, error: &io::Error) {
    if error.raw_os_error().is_none() {
        data.guard(0).tell(Event::MountFailed { why: error.to_string() });
    }
}

/// Flags of a directory that a guest finds open: what is in it may be changed.
pub(super) const CHANGEABLE: u8 = 1 << 3;

/// Whether a node is a file, for what only files have.
pub(super) fn file_only(open: &Open) -> io::Result<()> {
    if open.kind() == Kind::Directory { Err(Errno::BADF.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::escapes;

    #[test]
    fn a_path_escapes_when_it_climbs_above_its_start() {
        assert!(escapes("../x") && escapes("a/../../x") && escapes("/etc/passwd"));
        assert!(!escapes("a/../b") && !escapes("./a") && !escapes("..a"));
    }
}
