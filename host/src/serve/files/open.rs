//! Opens a file beneath a directory: at once if the system knows its names, else on a thread that
//! may wait.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::error::{Class, Error, Result};
use crate::stream::beneath;

/// A directory that stays the one that was opened; or one file of it.
#[derive(Debug)]
pub struct Folder {
    top: Arc<File>,
    /// The file, if it's one.
    file: Option<OsString>,
}

/// What stands at a path.
#[derive(Debug)]
pub enum Opened {
    /// A file, with what is known of it.
    File(File, Metadata),
    /// A directory.
    Directory,
    /// Nothing that is shown.
    Nothing,
    /// Something that this process may not read.
    Forbidden,
}

impl Folder {
    /// Opens a directory, or the one that holds a file.
    ///
    /// # Errors
    /// `Class::NotFound` when nothing is there, `Class::Host` when it can't be opened.
    pub fn open(path: &Path) -> Result<Folder> {
        let failed = |error: io::Error| {
            let class = match error.kind() {
                io::ErrorKind::NotFound => Class::NotFound,
                _ => Class::Host,
            };
            Error::new(class, format!("cannot show the files of `{}`", path.display())).cause(error)
        };
        let is_file = std::fs::metadata(path).map_err(failed)?.is_file();
        let (folder, file) = match path.file_name().filter(|_| is_file) {
            Some(name) => (path.parent().unwrap_or(Path::new("")), Some(name.to_owned())),
            None => (path, None),
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Ok(Folder { top: Arc::new(beneath::top(folder).map_err(failed)?), file })
    }

    /// The name of its file, if it's one.
    pub(super) fn name(&self) -> Vec<u8> {
        self.file.clone().unwrap_or_default().into_vec()
    }

    /// What stands at the path of these names, none of which holds a slash.
    ///
    /// # Errors
    /// The system's, when it can't say.
    pub async fn open_names(&self, names: &[Vec<u8>]) -> io::Result<Opened> {
        let path: PathBuf = match &self.file {
            Some(file) if names.is_empty() => file.into(),
            Some(_) => return Ok(Opened::Nothing),
            None => names.iter().map(|name| OsStr::from_bytes(name)).collect(),
        };

        // A pipe is opened without waiting for its other end, and then not shown.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let opened = match beneath::open_known(&self.top, &path, flags) {
            Some(opened) => opened,
            None => {
                let top = self.top.clone();
                let open = move || beneath::open(&top, &path, flags);
                tokio::task::spawn_blocking(open).await.map_err(io::Error::other)?
            }
        };
        match opened {
            Ok(file) => {
                let metadata = file.metadata()?;
                Ok(match metadata.file_type() {
                    kind if kind.is_file() => Opened::File(file, metadata),
                    kind if kind.is_dir() => Opened::Directory,
                    _ => Opened::Nothing,
                })
            }
            Err(error) => match error.raw_os_error().map(Errno::from_raw_os_error) {
                // What leads out looks like what isn't there.
                Some(
                    Errno::NOENT
                    | Errno::NOTDIR
                    | Errno::XDEV
                    | Errno::LOOP
                    | Errno::NAMETOOLONG
                    | Errno::NXIO
                    | Errno::INVAL,
                ) => Ok(Opened::Nothing),
                Some(Errno::ACCESS | Errno::PERM) => Ok(Opened::Forbidden),
                _ => Err(error),
            },
        }
    }
}
