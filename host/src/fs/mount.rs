//! What is mounted, opened once for all runs of a program.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use std::collections::BTreeMap;

use crate::account::{Account, Accounts};
use crate::fs::node::{Kind, NodeRef};
use crate::fs::{host, mem, overlay, program};
use crate::stream::Mounted;

/// A path of a guest, and what stands there.
#[derive(Clone)]
pub struct Mount {
    /// The path, absolute.
    pub path: String,
    /// What stands there.
    pub what: Mountable,
}

/// What can stand at a path.
#[derive(Clone)]
pub enum Mountable {
    /// A directory of the host's.
    Directory {
        /// The directory, open.
        file: Arc<File>,
        /// Where it is.
        host: PathBuf,
        /// Whether nothing in it may be changed.
        read_only: bool,
    },
    /// Memory, empty at first; with a name, that of all guests of a run.
    Memory {
        /// The name.
        name: Option<String>,
        /// The most that it may hold, in bytes.
        most: Option<u64>,
    },
    /// A file that is opened anew each time.
    File(Arc<dyn Mounted>),
    /// What is the same in all runs, since it's only read.
    Archive(NodeRef),
    /// A directory with changes kept above it.
    Overlay {
        /// The directory.
        lower: Box<Mountable>,
        /// Where changes are kept.
        upper: Box<Mountable>,
    },
}

/// What a run has, of which nodes are made.
pub struct Run<'a> {
    /// What the host holds for the guest.
    pub account: &'a Account,
    /// What all guests of the run may take.
    pub accounts: &'a Accounts,
    /// What they share.
    pub trees: &'a Trees,
}

/// Memory that guests of a run share, by its names. Clones share it.
#[derive(Clone, Default)]
pub struct Trees(Arc<Mutex<BTreeMap<String, NodeRef>>>);

impl Mountable {
    /// Whether it's a directory, so that others can be mounted below it.
    pub fn is_directory(&self) -> bool {
        match self {
            Mountable::File(_) => false,
            _ => true,
        }
    }

    /// The folders of the host's that it uses while a program runs, and whether they're only read.
    pub fn folders(&self) -> Vec<(&Path, bool)> {
        match self {
            Mountable::Directory { host, read_only, .. } => vec![(host, *read_only)],
            Mountable::Overlay { lower, upper } => [lower.folders(), upper.folders()].concat(),
            _ => Vec::new(),
        }
    }

    /// Its node in a run.
    ///
    /// # Errors
    /// When a directory of the host's can't be looked at.
    pub fn node(&self, run: &Run<'_>) -> io::Result<NodeRef> {
        match self {
            Mountable::Directory { file, read_only, .. } => host::root(file, *read_only),
            Mountable::File(mounted) => Ok(program::node(mounted, run.accounts)),
            Mountable::Archive(root) => Ok(root.clone()),
            Mountable::Overlay { lower, upper } => {
                Ok(overlay::root(lower.node(run)?, upper.node(run)?))
            }
            Mountable::Memory { name: None, most } => Ok(memory(run.account, *most)),
            Mountable::Memory { name: Some(name), most } => {
                let mut shared =
                    run.trees.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                let made = || memory(&run.accounts.host_memory, *most);
                Ok(shared.entry(name.clone()).or_insert_with(made).clone())
            }
        }
    }
}

fn memory(account: &Account, most: Option<u64>) -> NodeRef {
    match most {
        Some(most) => mem::root(&account.part(most)),
        None => mem::root(account),
    }
}

/// Whether a node is one that others can be mounted below.
pub(super) fn is_directory(node: &NodeRef) -> bool {
    node.kind() == Kind::Directory
}
