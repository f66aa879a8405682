//! Opens files without ever blocking the thread: what waits for another process is waited for by
//! the executor, so that a limit can end it.
//!
//! The system's own way to open a named pipe blocks until its other end is open, too. Opened
//! non-blocking, the end that reads is open at once, and the first read waits for somebody who
//! writes. The end that writes is refused until somebody reads, and nobody tells when that is, so
//! it's tried again.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FileType, Mode, OFlags, fstat};
use rustix::io::Errno;

use crate::stream::beneath;

/// How long the first pause is between two attempts; each is twice as long as the one before.
const FIRST: Duration = Duration::from_millis(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_millis(16);

/// Opens what `attempt` opens with such flags; the file is non-blocking.
///
/// # Errors
/// The system's.
pub(super) async fn open(
    attempt: impl Fn(OFlags) -> io::Result<File>,
    flags: OFlags,
) -> io::Result<File> {
    let mut pause = FIRST;
    loop {
        match attempt(flags | OFlags::NONBLOCK) {
            Err(error) if waits(&error, &attempt) => {}
            opened => return opened,
        }
        tokio::time::sleep(pause).await;
        pause = LONGEST.min(pause * 2);
    }
}

/// Opens a path beneath a directory.
///
/// # Errors
/// The system's, and `EXDEV` when it leads out.
pub(crate) async fn open_beneath(top: &File, path: &Path, flags: OFlags) -> io::Result<File> {
    open(|flags| beneath::open(top, path, flags), flags).await
}

/// Opens what stands at a path, on the user's word.
///
/// # Errors
/// The system's.
pub(crate) async fn open_path(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY;
    open(|flags| Ok(rustix::fs::open(path, flags, Mode::empty())?.into()), flags).await
}

/// Whether an error says that another process must do something first.
fn waits(error: &io::Error, attempt: impl Fn(OFlags) -> io::Result<File>) -> bool {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        // Somebody has a lease on it, and is asked to give it back.
        Some(Errno::WOULDBLOCK) => true,
        // A pipe that nobody reads. A socket in the file system, or a device that isn't there, is
        // refused in the same way.
        Some(Errno::NXIO) => {
            let found = attempt(OFlags::PATH).and_then(|found| Ok(fstat(&found)?));
            found.is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Fifo)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use rustix::fs::{CWD, FileType, Mode, OFlags};

    use super::open_beneath;

    #[tokio::test]
    async fn a_pipe_without_a_reader_is_waited_for_and_nothing_else_is() {
        let scratch = tempfile::tempdir().unwrap();
        let top = std::fs::File::open(scratch.path()).unwrap();
        let pipe = scratch.path().join("pipe");
        rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let _socket =
            std::os::unix::net::UnixListener::bind(scratch.path().join("socket")).unwrap();

        let write = |name: &'static str| open_beneath(&top, name.as_ref(), OFlags::WRONLY);
        let mut opening = pin!(write("pipe"));
        let early = tokio::time::timeout(Duration::from_millis(20), &mut opening).await;
        assert!(early.is_err(), "nobody reads");

        let reader = open_beneath(&top, "pipe".as_ref(), OFlags::RDONLY).await.unwrap();
        opening.await.unwrap();
        drop(reader);
        assert_eq!(write("socket").await.unwrap_err().raw_os_error(), Some(libc::ENXIO));
    }
}
