//! Events that are changes of files in a directory. It's looked at again and again: that sees
//! renames, mounts and file systems of a network, which notices of the system don't.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::error::{Class, Error, Result};
use crate::serve::events::runs::{Occasion, Runs};

/// How often it's looked.
const LOOK: Duration = Duration::from_millis(250);
/// The most files that are looked at.
const MOST: usize = 10_000;

/// What tells one state of a file from another.
type State = (i64, i64, u64, u64);

/// Runs the guest for each file that has come or has changed, once it's done changing.
pub(super) async fn watch(runs: &Runs, folder: &Path, tasks: &mut JoinSet<()>) -> Result<()> {
    let failed = |error: io::Error| {
        Error::new(Class::Host, format!("cannot look at `{}`", folder.display())).cause(error)
    };
    let look = || {
        let folder = folder.to_owned();
        async move {
            let looked = tokio::task::spawn_blocking(move || states(&folder)).await;
            looked.unwrap_or_else(|error| Err(io::Error::other(error)))
        }
    };

    let mut told = look().await.map_err(failed)?;
    let mut before = told.clone();
    loop {
        sleep(LOOK).await;
        let now = look().await.map_err(failed)?;
        for (path, state) in &now {
            // One that still changes is told when it has come to rest.
            if told.get(path) != Some(state) && before.get(path) == Some(state) {
                told.insert(path.clone(), *state);
                runs.queue(Occasion::File(path.clone()), tasks).await;
            }
        }
        told.retain(|path, _| now.contains_key(path));
        before = now;
    }
}

/// The files in a directory, as they are now. Names that start with a dot are somebody's work.
fn states(folder: &Path) -> io::Result<BTreeMap<PathBuf, State>> {
    let mut states = BTreeMap::new();
    for entry in std::fs::read_dir(folder)?.take(MOST) {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        // One that has gone meanwhile is none.
        let Ok(data) = std::fs::metadata(&path) else { continue };
        if data.is_file() && !hidden {
            states.insert(path, (data.mtime(), data.mtime_nsec(), data.size(), data.ino()));
        }
    }
    Ok(states)
}
