//! The one place where authority is decided: asked before an access, it answers from the grants and
//! notes each refusal.
//!
//! What it says of the network is in `network`.

use std::path::{Component, Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::event::{Event, Listener};
use crate::policy::guard::resolved::Resolved;
use crate::policy::{
    Denial, Denials, Directory, Grants, LastLines, Missed, Needed, NetRule, Preopen, Preopens, Said,
};

/// A path below a granted directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// Which of the grants it is.
    pub grant: usize,
    /// The path from there, by its text: links and `..` in it may lead elsewhere.
    pub path: PathBuf,
}

/// Decides what one guest may do.
#[derive(Debug)]
pub struct Guard {
    /// Which guest of a graph it's about, unless it's the main one.
    guest: Option<String>,
    rules: Vec<NetRule>,
    directories: Vec<Directory>,
    /// Which looked-up names an address belongs to.
    resolved: Mutex<Resolved>,
    /// Whether the guest is binding a socket itself, not by connecting or sending.
    binding: AtomicBool,
    /// Whether the guest seems to miss files.
    missed: Arc<Missed>,
    /// What it wrote to a silenced standard error.
    said: Said,
    denials: Denials,
    preopens: Preopens,
    listener: Listener,
    /// Whose turn it is to look a name up.
    lookups: Arc<Semaphore>,
}

impl Guard {
    /// How many names a guest looks up at a time.
    pub const LOOKUPS: usize = 4;

    /// Waits until the guest may look up one more name.
    pub async fn turn_to_look_up(&self) -> OwnedSemaphorePermit {
        let turn = self.lookups.clone().acquire_owned().await;
        turn.expect("nobody closes it")
    }

    /// A guard that allows what `grants` name and notes in `denials` what it refuses.
    pub fn new(grants: &Grants, denials: Denials) -> Self {
        Guard {
            guest: None,
            rules: grants
                .net
                .iter()
                .cloned()
                .chain(grants.preopens.sockets.iter().filter_map(Preopen::rule))
                .collect(),
            directories: grants.directories.clone(),
            resolved: Mutex::default(),
            binding: AtomicBool::new(false),
            missed: Arc::default(),
            said: Said::default(),
            denials,
            preopens: grants.preopens.clone(),
            listener: Listener::deaf(),
            lookups: Arc::new(Semaphore::new(Guard::LOOKUPS)),
        }
    }

    /// A guard of the guest `name` of a graph, which isn't the main one.
    pub fn of_guest(name: &str, grants: &Grants, denials: Denials) -> Self {
        Guard { guest: Some(name.to_owned()), ..Guard::new(grants, denials) }
    }

    fn note(&self, what: String, grant: Needed) {
        self.denials.add(Denial { guest: self.guest.clone(), what, grant });
    }

    /// The same guard, telling `listener` what happens.
    pub fn telling(self, listener: Listener) -> Self {
        Guard { listener, ..self }
    }

    /// The sockets that the guest finds open.
    pub fn preopens(&self) -> &Preopens {
        &self.preopens
    }

    /// Tells what happens.
    pub fn tell(&self, event: Event) {
        self.listener.emit(event);
    }

    /// What was refused so far.
    pub fn denials(&self) -> &Denials {
        &self.denials
    }

    /// Which grant covers a path that the guest opens by URL; to be changed, if `write`. Of nested
    /// directories it's the nearest. Nothing is looked up: whether the path stays beneath is found
    /// out when it's opened there.
    ///
    /// # Errors
    /// What the guest is told.
    pub fn may_open(&self, path: &Path, write: bool) -> Result<Below, String> {
        let covering = self.directories.iter().enumerate().filter_map(|(grant, directory)| {
            Some((grant, within(path, directory)?, parts(Path::new(&directory.guest)).count()))
        });
        let Some((grant, path, _)) = covering.max_by_key(|(.., length)| *length) else {
            self.note(opening(path, write), Needed::Directory(holder(path, write)));
            return Err("it isn't granted".to_owned());
        };

        let directory = &self.directories[grant];
        if write && directory.read_only {
            let writable = Directory { read_only: false, ..directory.clone() };
            self.note(opening(path.as_path(), write), Needed::Directory(writable));
            return Err(format!("`{}` is granted read-only", directory.guest));
        }
        Ok(Below { grant, path })
    }

    /// Notes that a path of [`may_open`](Guard::may_open) leads out of its grant; gives what the
    /// guest is told.
    pub fn refused_open(&self, path: &Path, write: bool) -> String {
        let what = format!("{}, which leads out of the directory granted", opening(path, write));
        self.note(what, Needed::Holder);
        "it leads out of the directory that is granted".to_owned()
    }

    /// Notes that a change below a directory was refused: `path` as the guest gave it, in the
    /// directory of `grant`.
    pub fn refused_change(&self, path: &str, grant: usize) {
        let Some(directory) = self.directories.get(grant) else { return };
        let writable = Directory { read_only: false, ..directory.clone() };
        self.note(
            format!("change `{path}` in `{}`, which is read-only", directory.guest),
            Needed::Directory(writable),
        );
    }

    /// Notes that a path led out of every directory that is granted.
    pub fn refused_escape(&self, path: &str) {
        self.note(
            format!("open `{path}`, which leads out of the directory granted"),
            Needed::Holder,
        );
    }

    /// What is seen of whether the guest misses files.
    pub fn missed(&self) -> &Arc<Missed> {
        &self.missed
    }

    /// What it writes to a silenced standard error.
    pub fn said(&self) -> &Said {
        &self.said
    }

    /// Of a guest that failed: the last that it wrote to a silenced standard error, told once.
    pub fn last_lines(&self) -> Option<LastLines> {
        self.said.take().map(|text| LastLines { guest: self.guest.clone(), text })
    }

    /// Of a guest that failed, by the general code of failures if `generally`: what would help, if
    /// it seems to have looked for files and was granted no directory. Where something was refused,
    /// that is the likelier reason.
    pub fn found_no_directory(&self, generally: bool) -> Option<Denial> {
        let likely = self.directories.is_empty()
            && self.missed.seems(generally)
            && self.denials.list().is_empty();
        likely.then(|| Denial {
            guest: self.guest.clone(),
            what: "open files in any directory".to_owned(),
            grant: Needed::SomeDirectory,
        })
    }
}

fn opening(path: &Path, write: bool) -> String {
    format!("{} `{}`", if write { "write" } else { "read" }, path.display())
}

/// The grant of a directory that would hold `path` at the place where the guest looks for it.
fn holder(path: &Path, write: bool) -> Directory {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let guest = folder.display().to_string();
    Directory { host: folder.to_owned(), guest, read_only: !write }
}

/// The part of a guest's path that lies below a grant.
fn within(path: &Path, grant: &Directory) -> Option<PathBuf> {
    let mut rest = parts(path);
    for part in parts(Path::new(&grant.guest)) {
        if rest.next()? != part {
            return None;
        }
    }
    // `.` is where relative paths start, and has no parts.
    (path.is_absolute() == Path::new(&grant.guest).is_absolute()).then(|| rest.collect())
}

/// The parts of a path, without those that stand for nothing.
fn parts(path: &Path) -> impl Iterator<Item = Component<'_>> {
    path.components().filter(|part| !matches!(part, Component::CurDir))
}

mod network;
mod resolved;

#[cfg(test)]
mod tests;
