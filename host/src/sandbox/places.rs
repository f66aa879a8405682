//! Which places of the file system stay within reach: what is granted, what the user names, and
//! what looking up a name reads.

use std::path::{Path, PathBuf};

use crate::stream::{Direction, Location};
use crate::typed::{Argument, Call, Handle};

/// What may be done at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Read it; a folder with all in it.
    Read,
    /// Do everything to it and in it that a file system knows, but start programs.
    All,
    /// Make and replace files in it, without reading them.
    Make,
}

/// Places, each with its use.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(pub(super) Vec<(PathBuf, Use)>);

/// What the C library reads to look up a name, on systems that we know of.
const RESOLVER: &[&str] = &[
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/run/systemd/resolve",
    "/run/nscd",
    "/run/resolvconf",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
];

impl Places {
    pub(super) fn folder(&mut self, path: &Path, read_only: bool) {
        self.add(path, if read_only { Use::Read } else { Use::All });
    }

    pub(super) fn read(&mut self, path: &Path) {
        self.add(path, Use::Read);
    }

    pub(super) fn resolver(&mut self) {
        RESOLVER.iter().for_each(|path| self.add(Path::new(path), Use::Read));
    }

    /// A file that is written: itself, or a new one in its folder that takes its place.
    pub(super) fn written(&mut self, path: &Path) {
        self.add(path, Use::All);
        // A link stays one: what it points at is replaced.
        let real = path.canonicalize();
        for target in real.as_deref().into_iter().chain([path]) {
            let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
            self.add(folder.unwrap_or(Path::new(".")), Use::Make);
        }
    }

    fn add(&mut self, path: &Path, use_: Use) {
        self.0.push((path.to_owned(), use_));
    }
}

/// Which way a handle is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Stream(Direction),
    /// A descriptor; whether nothing may be changed through it.
    Descriptor(bool),
    Connection,
}

/// The places that a call's arguments and its destination name.
pub(super) fn of_call(call: &Call) -> Vec<(Location, Way)> {
    let sink = |location: &Location| (location.clone(), Way::Stream(Direction::Sink));
    let mut found: Vec<_> = call.destination.location.iter().map(sink).collect();
    call.arguments.iter().flatten().for_each(|argument| collect(argument, &mut found));
    found
}

fn collect(argument: &Argument, found: &mut Vec<(Location, Way)>) {
    match argument {
        Argument::Value(_) | Argument::Option(None) | Argument::Variant(_, None) => {}
        Argument::Result(Ok(None) | Err(None)) => {}
        Argument::Open { handle, location, read_only, .. } => {
            let way = match handle {
                Handle::Input | Handle::Bytes | Handle::Lines => Way::Stream(Direction::Source),
                Handle::Output => Way::Stream(Direction::Sink),
                Handle::Descriptor => Way::Descriptor(*read_only),
                Handle::Connection => Way::Connection,
            };
            found.push((location.clone(), way));
        }
        Argument::Bytes(location) => {
            found.push((location.clone(), Way::Stream(Direction::Source)));
        }
        Argument::List(items) | Argument::Tuple(items) => {
            items.iter().for_each(|item| collect(item, found));
        }
        Argument::Record(fields) => fields.iter().for_each(|(_, field)| collect(field, found)),
        Argument::Option(Some(inner))
        | Argument::Variant(_, Some(inner))
        | Argument::Result(Ok(Some(inner)) | Err(Some(inner))) => collect(inner, found),
    }
}
