//! The directories that a guest finds open: those that it's granted, and those of what is mounted.

use std::io;
use std::sync::Arc;

use crate::fs::join::{Points, join};
use crate::fs::mount::{Mount, Run};
use crate::fs::node::{NodeRef, new_device};
use crate::fs::{host, mount};
use crate::stream::Directories;

/// A directory that a guest finds open.
#[derive(Clone)]
pub struct Root {
    /// Its place among the guest's grants, if it's a granted one.
    pub grant: Option<usize>,
    /// The path under which the guest sees it.
    pub guest: String,
    /// What it is; `None` for the granted directory as it is.
    pub node: Option<NodeRef>,
}

/// Something at a path.
struct Piece {
    grant: Option<usize>,
    guest: String,
    path: Option<Vec<String>>,
    node: Option<NodeRef>,
}

/// The directories of a guest with these grants and mounts. What is mounted below another directory
/// shows there; a granted directory is the host's own unless that is so.
///
/// # Errors
/// When a directory of the host's can't be looked at.
pub fn roots(directories: &Directories, mounts: &[Mount], run: &Run<'_>) -> io::Result<Vec<Root>> {
    let granted = directories.iter().enumerate().map(|(grant, (directory, _))| Piece {
        grant: Some(grant),
        guest: directory.guest.clone(),
        path: parts(&directory.guest),
        node: None,
    });
    let mut pieces: Vec<Piece> = granted.collect();
    for Mount { path, what } in mounts {
        let node = Some(what.node(run)?);
        pieces.push(Piece { grant: None, guest: path.clone(), path: parts(path), node });
    }

    // A granted directory takes part in the tree only where something is mounted below or above it.
    for index in 0..directories.iter().count() {
        let Some(path) = &pieces[index].path else { continue };
        let mounted = pieces.iter().filter(|piece| piece.grant.is_none());
        let mut paths = mounted.filter_map(|piece| piece.path.as_ref());
        if paths.any(|other| other.starts_with(path) || path.starts_with(other)) {
            let (grant, directory) = directories.iter().nth(index).expect("it was counted");
            pieces[index].node = Some(host::root(directory, grant.read_only)?);
        }
    }
    assemble(&pieces)
}

fn assemble(pieces: &[Piece]) -> io::Result<Vec<Root>> {
    let (mut points, mut next) = (Points::new(new_device()), 0);
    let tree = pieces.iter().filter_map(|piece| Some((piece.path.as_ref()?, piece.node.as_ref()?)));
    for (path, node) in tree {
        points.at(path, &mut next).node = Some(node.clone());
    }
    let points = Arc::new(points);

    let mut roots = Vec::new();
    for piece in pieces {
        let Root { grant, guest, node } = piece.root(&points);
        match (&piece.path, &node) {
            // A file is in a directory, which is open if no other one above it is.
            (Some(path), Some(file)) if !mount::is_directory(file) => {
                let folder = &path[..path.len().saturating_sub(1)];
                if !pieces.iter().any(|piece| piece.is_above(folder)) {
                    roots.push(folder_of(folder, &points));
                }
            }
            _ => roots.push(Root { grant, guest, node }),
        }
    }
    roots.dedup_by(|one, other| one.grant.is_none() && one.guest == other.guest);
    Ok(roots)
}

/// A directory that nobody has made, for the files that are mounted in it.
fn folder_of(folder: &[String], points: &Arc<Points>) -> Root {
    let node = Some(join(points, folder.to_vec(), None));
    Root { grant: None, guest: format!("/{}", folder.join("/")), node }
}

impl Piece {
    fn root(&self, points: &Arc<Points>) -> Root {
        let node = match (&self.path, &self.node) {
            // As the host has it, unless something is mounted below.
            (Some(path), Some(_)) if self.grant.is_some() && !is_joined(points, path) => None,
            (Some(path), Some(node)) => Some(join(points, path.clone(), Some(node.clone()))),
            _ => None,
        };
        Root { grant: self.grant, guest: self.guest.clone(), node }
    }

    /// Whether it's a directory that `path` lies in, or is.
    fn is_above(&self, path: &[String]) -> bool {
        let is_directory = self.node.as_ref().is_none_or(mount::is_directory);
        is_directory && self.path.as_ref().is_some_and(|own| path.starts_with(own))
    }
}

fn is_joined(points: &Points, path: &[String]) -> bool {
    points.find(path).is_some_and(|here| !here.children.is_empty())
}

/// The names of an absolute path.
fn parts(path: &str) -> Option<Vec<String>> {
    let names = path.strip_prefix('/')?.split('/').filter(|name| !matches!(*name, "" | "."));
    Some(names.map(str::to_owned).collect())
}
