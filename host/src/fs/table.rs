//! Which of a guest's descriptors stand for nodes.

use std::io;

use rustix::io::Errno;

use crate::fs::open::Open;
use crate::stream::Shared;

/// The nodes that are open in one store, by their descriptors' numbers.
#[derive(Default)]
pub struct Nodes {
    open: Vec<Option<Open>>,
    /// What has no descriptor any more, but streams.
    lingering: Vec<Shared>,
}

/// How many files without offsets may be open at once: each can be a program of its own, or a
/// connection.
const STREAMS: usize = 64;

impl Nodes {
    /// What stands for a descriptor, if it isn't one of the host's.
    pub fn get(&self, number: u32) -> Option<&Open> {
        self.open.get(number as usize)?.as_ref()
    }

    /// Says what stands for a descriptor; nothing, if it's one of the host's.
    pub fn set(&mut self, number: u32, open: Option<Open>) {
        let index = number as usize;
        if index >= self.open.len() {
            if open.is_none() {
                return;
            }
            self.open.resize(index + 1, None);
        }
        self.open[index] = open;
    }

    /// Whether one more file without offsets may be opened.
    ///
    /// # Errors
    /// `ENOMEM` when too many are open.
    pub fn room(&mut self) -> io::Result<()> {
        self.lingering.retain(|shared| !shared.is_alone());
        let open = self.open.iter().flatten().filter(|open| open.stream().is_some()).count();
        if open + self.lingering.len() < STREAMS { Ok(()) } else { Err(Errno::NOMEM.into()) }
    }

    /// Forgets a descriptor that is being closed; gives what is to be shut down with it, if no
    /// stream of it is left.
    pub fn close(&mut self, number: u32) -> Option<Shared> {
        let open = self.open.get_mut(number as usize)?.take()?;
        let shared = open.stream()?.clone();
        drop(open);
        if shared.is_alone() {
            return Some(shared);
        }
        self.lingering.push(shared);
        None
    }

    /// Everything that is still open, for the end of a guest, which closes it all.
    pub fn close_all(&mut self) -> Vec<Shared> {
        let open = std::mem::take(&mut self.open).into_iter().flatten();
        let open = open.filter_map(|open| open.stream().cloned());
        open.chain(std::mem::take(&mut self.lingering)).collect()
    }
}
