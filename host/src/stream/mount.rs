//! Files that aren't on a disk: what a guest finds at a path of its own, and what happens when it
//! opens it.
//!
//! A mount has a placeholder, an empty file in a folder of its own, which the guest sees as a
//! granted directory that is read-only. So names, types and listings are the system's; only what is
//! read from and written to the open file is ours.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::account::Accounts;
use crate::stream::beneath;
use crate::stream::temporary::Folder;

/// What can stand at a path.
pub trait Mounted: Send + Sync {
    /// Opens it, for reading and writing. What it takes is part of what the run may take that has
    /// these accounts.
    fn open(&self, run: &Accounts) -> Box<dyn Opened>;
}

/// An open file that isn't on a disk. Shutting it down is what closing it means; an error of that
/// is for the user.
pub trait Opened: AsyncRead + AsyncWrite + Send + Unpin {}

/// An open file that several streams share.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Box<dyn Opened>>>);

/// A path of a guest, and what stands there.
#[derive(Clone)]
pub struct Mount {
    /// The path, absolute, with a file's name at its end.
    pub path: String,
    /// What it opens.
    pub mounted: Arc<dyn Mounted>,
}

/// The mounts of one store.
#[derive(Default)]
pub struct Mounts {
    /// The folders with placeholders, each with the path at which the guest sees it; removed with
    /// this.
    folders: Vec<(Folder, Arc<File>, String)>,
    /// What stands for each placeholder, which stays open so that its device and inode stay its
    /// own, and what the run may take in which it's opened.
    points: Vec<(File, Arc<dyn Mounted>, Accounts)>,
    /// What is open, by the descriptor's number.
    open: BTreeMap<u32, Shared>,
    /// What has no descriptor any more, but streams.
    lingering: Vec<Shared>,
}

/// How many mounted files may be open at once: each is a program of its own.
const MOST: usize = 64;

impl Mounts {
    /// Makes the placeholders, for a run of these accounts.
    ///
    /// # Errors
    /// When the system's folder for temporary files can't be written to.
    pub fn new(mounts: &[Mount], run: &Accounts) -> io::Result<Mounts> {
        let mut made = Mounts::default();
        for mount in mounts {
            let (folder, name) = mount.path.rsplit_once('/').unwrap_or(("", &mount.path));
            let folder = if folder.is_empty() { "/" } else { folder };
            let path = match made.folders.iter().find(|(.., guest)| guest == folder) {
                Some((directory, ..)) => directory.path().join(name),
                None => {
                    let directory = Folder::new()?;
                    let open = Arc::new(beneath::top(directory.path())?);
                    let path = directory.path().join(name);
                    made.folders.push((directory, open, folder.to_owned()));
                    path
                }
            };
            made.points.push((File::create_new(path)?, mount.mounted.clone(), run.clone()));
        }
        Ok(made)
    }

    /// The folders to grant, open, and as the guest sees them.
    pub fn folders(&self) -> impl Iterator<Item = (&Arc<File>, &str)> {
        self.folders.iter().map(|(_, open, guest)| (open, guest.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Whether an open directory is one of the folders.
    pub fn is_folder(&self, directory: &File) -> bool {
        let own = |open: &File| open.metadata().is_ok_and(|own| same(&own, directory));
        self.folders.iter().any(|(_, open, _)| own(open))
    }

    /// Notes that the guest has opened `file` as descriptor `number`; if that is a placeholder,
    /// what stands for it is opened. False if so many are open already that it can't be.
    pub fn opened(&mut self, number: u32, file: &File) -> bool {
        self.open.remove(&number);
        let Ok(meta) = file.metadata() else { return true };
        let Some((_, mounted, run)) = self.points.iter().find(|(point, ..)| same(&meta, point))
        else {
            return true;
        };
        self.lingering.retain(|shared| !shared.is_alone());
        if self.open.len() + self.lingering.len() >= MOST {
            return false;
        }
        self.open.insert(number, Shared(Arc::new(Mutex::new(mounted.open(run)))));
        true
    }

    /// What stands for an open descriptor.
    pub fn get(&self, number: u32) -> Option<Shared> {
        self.open.get(&number).cloned()
    }

    /// Forgets a descriptor that is being closed; gives what is to be shut down with it, if no
    /// stream of it is left.
    pub fn close(&mut self, number: u32) -> Option<Shared> {
        let shared = self.open.remove(&number)?;
        if shared.is_alone() {
            return Some(shared);
        }
        self.lingering.push(shared);
        None
    }

    /// Everything that is still open, for the end of a guest, which closes it all.
    pub fn close_all(&mut self) -> Vec<Shared> {
        std::mem::take(&mut self.open)
            .into_values()
            .chain(std::mem::take(&mut self.lingering))
            .collect()
    }
}

fn identity(meta: &Metadata) -> (u64, u64) {
    (meta.dev(), meta.ino())
}

fn same(meta: &Metadata, file: &File) -> bool {
    file.metadata().is_ok_and(|own| identity(&own) == identity(meta))
}

impl Shared {
    fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn Opened>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl AsyncRead for Shared {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_read(cx, room)
    }
}

impl AsyncWrite for Shared {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_shutdown(cx)
    }
}
