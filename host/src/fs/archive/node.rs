//! The nodes of an archive.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use rustix::io::Errno;

use crate::fs::archive::content::{Content, Zip};
use crate::fs::archive::index::{Body, Index, Listed};
use crate::fs::node::{Access, Handle, Kind, Node, NodeRef, Stat, fail, new_device};

/// An archive, shared by all its nodes, in all runs.
pub(super) struct Archive {
    device: u64,
    nodes: Vec<Listed>,
    file: File,
    /// What a zip has compressed, and what of it is uncompressed already.
    inflated: Option<Mutex<Inflated>>,
}

struct Inflated {
    zip: Zip,
    file: File,
    /// Where the bytes of entries are, by their numbers.
    at: std::collections::HashMap<usize, u64>,
    end: u64,
}

struct Entry {
    archive: Arc<Archive>,
    number: usize,
    /// Where its bytes are, if it's an open file.
    open: Option<(Place, u64)>,
}

#[derive(Clone, Copy)]
enum Place {
    Archive(u64),
    Inflated(u64),
}

/// The root of what was listed.
pub(super) fn root(index: Index, file: File, zip: Option<(Zip, File)>) -> NodeRef {
    let inflated = |(zip, file)| Mutex::new(Inflated { zip, file, at: Default::default(), end: 0 });
    let inflated = zip.map(inflated);
    let archive = Arc::new(Archive { device: new_device(), nodes: index.nodes, file, inflated });
    Arc::new(Entry { archive, number: 0, open: None })
}

impl Inflated {
    /// Where the bytes of an entry are, uncompressed if they weren't yet. They are as many as it
    /// says, and what its checksum says.
    fn place(&mut self, number: usize, size: u64) -> io::Result<u64> {
        if let Some(at) = self.at.get(&number) {
            return Ok(*at);
        }
        let broken = |_| io::Error::from(Errno::IO);
        let start = self.end;
        self.file.seek(SeekFrom::Start(start))?;
        let mut entry = self.zip.by_index(number).map_err(|_| io::Error::from(Errno::IO))?;
        let mut piece = vec![0; 1 << 16];
        let mut done = 0;
        loop {
            let count = entry.read(&mut piece).map_err(broken)?;
            done += count as u64;
            if done > size || count == 0 && done < size {
                return fail(Errno::IO);
            }
            if count == 0 {
                break;
            }
            self.file.write_all(&piece[..count])?;
        }
        self.end = start + size;
        self.at.insert(number, start);
        Ok(start)
    }
}

impl Entry {
    fn listed(&self) -> &Listed {
        &self.archive.nodes[self.number]
    }

    fn at(&self, number: usize) -> NodeRef {
        Arc::new(Entry { archive: self.archive.clone(), number, open: None })
    }

    fn place(&self) -> io::Result<(Place, u64)> {
        if let Some(open) = self.open {
            return Ok(open);
        }
        let Body::File { size, content } = self.listed().body else { return fail(Errno::BADF) };
        Ok((
            match (content, &self.archive.inflated) {
                (Content::Stored { offset }, _) => Place::Archive(offset),
                (Content::Deflated { number }, Some(inflated)) => {
                    let mut inflated =
                        inflated.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                    Place::Inflated(inflated.place(number, size)?)
                }
                (Content::Deflated { .. }, None) => return fail(Errno::IO),
            },
            size,
        ))
    }
}

impl Node for Entry {
    fn kind(&self) -> Kind {
        match &self.listed().body {
            Body::Directory(_) => Kind::Directory,
            Body::File { .. } => Kind::File,
            Body::Link(_) => Kind::Link,
            Body::Special => Kind::Device,
        }
    }

    fn id(&self) -> (u64, u64) {
        (self.archive.device, self.number as u64)
    }

    fn stat(&self) -> io::Result<Stat> {
        let Listed { body, links, changed, .. } = self.listed();
        let size = match body {
            Body::Directory(entries) => entries.len() as u64,
            Body::File { size, .. } => *size,
            Body::Link(target) => target.len() as u64,
            Body::Special => 0,
        };
        Ok(Stat { kind: self.kind(), links: *links, size, times: [*changed; 3] })
    }

    fn open(&self, access: Access) -> io::Result<Handle> {
        if self.kind() == Kind::Device {
            return fail(Errno::NXIO);
        }
        if access.write {
            return fail(Errno::ROFS);
        }
        let open = Some(self.place()?);
        let (archive, number) = (self.archive.clone(), self.number);
        Ok(Handle::Node(Arc::new(Entry { archive, number, open })))
    }

    fn read_at(&self, len: usize, offset: u64) -> io::Result<Bytes> {
        let (place, size) = self.place()?;
        let len = (len.min(1 << 16) as u64).min(size.saturating_sub(offset)) as usize;
        if len == 0 {
            return Ok(Bytes::new());
        }
        let mut bytes = BytesMut::zeroed(len);
        let count = match (place, &self.archive.inflated) {
            (Place::Inflated(start), Some(inflated)) => {
                let inflated = inflated.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                inflated.file.read_at(&mut bytes, start + offset)?
            }
            (Place::Inflated(_), None) => return fail(Errno::IO),
            (Place::Archive(start), _) => self.archive.file.read_at(&mut bytes, start + offset)?,
        };
        // An archive that was cut since it was listed isn't the one that was looked at.
        if count == 0 {
            return fail(Errno::IO);
        }
        bytes.truncate(count);
        Ok(bytes.freeze())
    }

    fn target(&self) -> io::Result<String> {
        match &self.listed().body {
            Body::Link(target) => Ok(target.clone()),
            _ => fail(Errno::INVAL),
        }
    }

    fn lookup(&self, name: &str) -> io::Result<NodeRef> {
        match &self.listed().body {
            Body::Directory(entries) => Ok(self.at(*entries.get(name).ok_or(Errno::NOENT)?)),
            _ => fail(Errno::NOTDIR),
        }
    }

    fn entries(&self) -> io::Result<Vec<(String, Kind)>> {
        match &self.listed().body {
            Body::Directory(entries) => {
                let entry =
                    |(name, number): (&String, &usize)| (name.clone(), self.at(*number).kind());
                Ok(entries.iter().map(entry).collect())
            }
            _ => fail(Errno::NOTDIR),
        }
    }
}
