//! Temporary files that have names, so that a process which ends without dropping its
//! runs can remove them.
//!
//! They are noted for the whole process: it's the process that ends, in the middle of whatever its
//! threads do.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use tempfile::NamedTempFile;

static NOTED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn noted() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    NOTED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Removes what is there of temporary files, for a process that ends now. Runs that
/// are still under way fail when they use theirs.
pub fn remove_all() {
    for path in std::mem::take(&mut *noted()) {
        // What can't be removed stays; there is nobody left to do anything about it.
        let _ = std::fs::remove_file(&path);
    }
}

/// Takes a path off the list when it's gone.
struct Note(PathBuf);

impl Note {
    fn new(path: &Path) -> Note {
        noted().insert(path.to_owned());
        Note(path.to_owned())
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        noted().remove(&self.0);
    }
}

/// A file that is removed when this is dropped, unless it was given its own name.
pub(super) struct Part {
    file: NamedTempFile,
    // Dropped after the file.
    _note: Note,
}

impl Part {
    /// Makes a file in a folder, with the permissions of any other new one.
    pub(super) fn new(folder: &Path) -> io::Result<Part> {
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(".forebay-").suffix(".part");
        let file = builder.permissions(Permissions::from_mode(0o666)).tempfile_in(folder)?;
        let note = Note::new(file.path());
        Ok(Part { file, _note: note })
    }

    pub(super) fn file(&mut self) -> &mut std::fs::File {
        self.file.as_file_mut()
    }

    /// Gives it its name, and replaces what has that.
    pub(super) fn persist(self, target: &Path) -> io::Result<()> {
        self.file.persist(target).map(drop).map_err(|error| error.error)
    }
}
