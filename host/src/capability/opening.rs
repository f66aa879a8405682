//! `descriptor.open-at`: opens without blocking the thread, whatever stands at a path.
//!
//! wasmtime-wasi opens on the guest's thread, where a named pipe or a terminal would hold whoever
//! should end the guest. What can't be opened is left to it, since its errors are what guests know.

use rustix::fs::OFlags;
use wasmtime::component::{Accessor, Resource};
use wasmtime_wasi::filesystem::{
    Descriptor, Dir, File, OpenMode, WasiFilesystem, WasiFilesystemCtxView,
};
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types as wasi02;
use wasmtime_wasi::p2::bindings::filesystem::types::HostDescriptor as _;
use wasmtime_wasi::p3::bindings::filesystem::types as wasi03;
use wasmtime_wasi::p3::bindings::filesystem::types::HostDescriptorWithStore as _;
use wasmtime_wasi::p3::filesystem::FilesystemResult;

use crate::stream::open_beneath;

/// `open-at` of WASI 0.2.
pub(super) async fn open02(
    view: &mut WasiFilesystemCtxView<'_>,
    fd: Resource<Descriptor>,
    follow: wasi02::PathFlags,
    path: String,
    open: wasi02::OpenFlags,
    mode: wasi02::DescriptorFlags,
) -> FsResult<Resource<Descriptor>> {
    let directory = view.table.get(&fd)?.clone();
    match Opening::of02(&path, follow, open, mode).open(directory).await {
        Answer::Opened(opened) => Ok(view.table.push(opened)?),
        Answer::NotDirectory => Err(wasi02::ErrorCode::NotDirectory.into()),
        Answer::Refused => view.open_at(fd, follow, path, open, mode).await,
    }
}

/// `open-at` of WASI 0.3.
pub(super) async fn open03<T>(
    store: &Accessor<T, WasiFilesystem>,
    fd: Resource<Descriptor>,
    follow: wasi03::PathFlags,
    path: String,
    open: wasi03::OpenFlags,
    mode: wasi03::DescriptorFlags,
) -> FilesystemResult<Resource<Descriptor>> {
    let directory = store.with(|mut access| access.get().table.get(&fd).cloned())?;
    match Opening::of03(&path, follow, open, mode).open(directory).await {
        Answer::Opened(opened) => Ok(store.with(|mut access| access.get().table.push(opened))?),
        Answer::NotDirectory => Err(wasi03::ErrorCode::NotDirectory.into()),
        Answer::Refused => WasiFilesystem::open_at(store, fd, follow, path, open, mode).await,
    }
}

/// How something is opened, in either generation.
struct Opening {
    path: String,
    follow: bool,
    create: bool,
    exclusive: bool,
    truncate: bool,
    directory: bool,
    read: bool,
    write: bool,
    /// Whether each write is to reach the disk at once, which wasmtime-wasi doesn't support.
    synchronised: bool,
}

/// Reads what the bindings of one generation say.
macro_rules! opening {
    ($name:ident, $types:ident) => {
        fn $name(
            path: &str,
            follow: $types::PathFlags,
            open: $types::OpenFlags,
            mode: $types::DescriptorFlags,
        ) -> Opening {
            use $types::{DescriptorFlags as Mode, OpenFlags as Open};
            let synchronised =
                Mode::FILE_INTEGRITY_SYNC | Mode::DATA_INTEGRITY_SYNC | Mode::REQUESTED_WRITE_SYNC;
            Opening {
                path: path.to_owned(),
                follow: follow.contains($types::PathFlags::SYMLINK_FOLLOW),
                create: open.contains(Open::CREATE),
                exclusive: open.contains(Open::EXCLUSIVE),
                truncate: open.contains(Open::TRUNCATE),
                directory: open.contains(Open::DIRECTORY),
                read: mode.contains(Mode::READ),
                write: mode.contains(Mode::WRITE),
                synchronised: mode.intersects(synchronised),
            }
        }
    };
}

/// What came of it.
enum Answer {
    Opened(Descriptor),
    /// A directory was asked for, and something else is there.
    NotDirectory,
    /// wasmtime-wasi says why.
    Refused,
}

impl Opening {
    opening!(of02, wasi02);
    opening!(of03, wasi03);

    /// Opens it in `dir`, as wasmtime-wasi would.
    async fn open(&self, directory: Descriptor) -> Answer {
        let Descriptor::Dir(dir) = directory else { return Answer::Refused };
        let (flags, mode) = (self.flags(), self.mode());
        let refused = dir.perms.write_not_permitted() && mode.contains(OpenMode::WRITE);
        let odd = self.synchronised || self.directory && (self.create || self.truncate);
        if refused || odd || self.path.is_empty() || self.path.ends_with('/') {
            return Answer::Refused;
        }

        let opened = open_beneath(&dir.dir, self.path.as_ref(), flags).await;
        let Ok((found, file)) = opened.and_then(|file| Ok((file.metadata()?, file))) else {
            return Answer::Refused;
        };
        match (found.is_dir(), self.directory) {
            (true, _) => Answer::Opened(Descriptor::Dir(Dir::new(file, dir.perms, mode, true))),
            (false, true) => Answer::NotDirectory,
            (false, false) => {
                Answer::Opened(Descriptor::File(File::new(file, dir.perms, mode, true)))
            }
        }
    }

    fn flags(&self) -> OFlags {
        let mut flags = match self.mode() {
            OpenMode::READ => OFlags::RDONLY,
            OpenMode::WRITE => OFlags::WRONLY,
            _ => OFlags::RDWR,
        };
        flags.set(OFlags::CREATE, self.create);
        flags.set(OFlags::EXCL, self.create && self.exclusive);
        flags.set(OFlags::TRUNC, self.truncate && !(self.create && self.exclusive));
        flags.set(OFlags::NOFOLLOW, !self.follow);
        flags
    }

    /// What isn't opened to be written is opened to be read.
    fn mode(&self) -> OpenMode {
        let mut mode = OpenMode::empty();
        mode.set(OpenMode::READ, self.read || !self.write);
        mode.set(OpenMode::WRITE, self.write || self.create || self.truncate);
        mode
    }
}
