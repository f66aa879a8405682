//! A file that appears whole or not at all: written under another name beside it, and renamed when it is finished.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use tempfile::NamedTempFile;
use tokio::io::AsyncWrite;

/// A file being written. Shutting it down puts it in place; dropping it before that removes it.
pub(super) struct Atomic {
    file: Option<NamedTempFile>,
    target: PathBuf,
}

impl Atomic {
    /// Starts a file that will be at `target`, with its permissions if there is one already.
    pub(super) fn create(target: &Path) -> io::Result<Atomic> {
        // A link stays one: what it points at is replaced.
        let target = target.canonicalize().unwrap_or_else(|_| target.to_owned());
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(".".as_ref());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".forebay-").suffix(".part");
        let permissions = match std::fs::metadata(&target) {
            Ok(old) => Some(old.permissions()),
            Err(_) => None,
        };
        #[cfg(unix)]
        if permissions.is_none() {
            use std::os::unix::fs::PermissionsExt;
            // As `open` makes files: what the process's mask leaves of this.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder)?;
        if let Some(permissions) = permissions {
            file.as_file().set_permissions(permissions)?;
        }
        Ok(Atomic { file: Some(file), target })
    }
}

impl AsyncWrite for Atomic {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.file {
            Some(file) => Poll::Ready(file.as_file_mut().write(bytes)),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(file) = self.file.take() {
            file.persist(&self.target).map_err(|error| error.error)?;
        }
        Poll::Ready(Ok(()))
    }
}
