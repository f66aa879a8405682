//! File systems that are the host's own: what a guest finds at a path where no host directory is
//! granted to it.
//!
//! A [`Node`] is a file, a directory or a link, of any kind: in memory (`mem`), of the host
//! (`host`), or what else is mounted. Nodes know names only; one resolver (`walk`) turns paths into
//! them, and an [`Open`] does everything that a guest can do with a descriptor. A [`Source`] says
//! what is mounted, as text; [`Roots`](roots) makes the directories of it that a guest finds open.

mod archive;
mod cursor;
mod host;
mod join;
mod mem;
mod mount;
mod node;
mod open;
mod overlay;
mod pages;
mod program;
mod source;
mod table;
mod tree;
mod walk;

pub use archive::{open as open_archive, read as read_archive};
pub use mount::{Mount, Mountable, Run, Trees};
pub use node::{Access, Handle, Kind, New, Node, NodeRef, Stat};
pub use open::{Open, Opening};
pub(crate) use source::SPELLINGS;
pub use source::Source;
pub use table::Nodes;
pub use tree::{Root, roots};
