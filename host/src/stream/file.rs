//! `file:` and plain paths. A new or regular file is written as a whole or not at all; what else
//! stands at a path (a pipe, a device) is opened as it is.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::OFlags;
use tokio::io::Interest;

use crate::stream::atomic::Atomic;
use crate::stream::descriptor::Descriptor;
use crate::stream::failure::{Failure, Kind};
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::place::Place;
use crate::stream::scheme::{
    AnyReader, AnyWriter, Dialled, HostPlace, Opening, Scheme, Target, Text, bad, decoded,
};
use crate::stream::unix::Socket;

/// The scheme.
pub(super) struct File;

/// A path, whatever stands there.
#[derive(Debug)]
pub(super) struct At(pub PathBuf);

impl Scheme for File {
    fn names(&self) -> &'static [&'static str] {
        &["file"]
    }

    fn read(&self, url: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        let path = match url.rest.strip_prefix("//") {
            Some(after) => match after.find('/') {
                Some(0) => after,
                Some(at) if after[..at].eq_ignore_ascii_case("localhost") => &after[at..],
                _ => return Err(bad("a file is on this host; write `file:///PATH`")),
            },
            None => url.rest,
        };
        match decoded(path)? {
            path if path.is_empty() => Err(bad("it names no file")),
            path => Ok(Arc::new(At(path.into()))),
        }
    }
}

impl Target for At {
    fn scheme(&self) -> &'static str {
        "file"
    }

    fn size(&self) -> usize {
        self.0.as_os_str().len()
    }

    /// A plain path to a socket is as good as its URL.
    fn connects(&self) -> bool {
        true
    }

    fn is_finished_late(&self) -> bool {
        true
    }

    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Path(&self.0)
    }

    fn source<'a>(
        &'a self,
        context: &'a OpenContext,
        authority: Authority,
    ) -> Opening<'a, AnyReader> {
        Box::pin(async move { source(&context.place(&self.0, false, authority)?).await })
    }

    fn sink<'a>(
        &'a self,
        append: bool,
        context: &'a OpenContext,
        authority: Authority,
    ) -> Opening<'a, AnyWriter> {
        Box::pin(async move { sink(&context.place(&self.0, true, authority)?, append).await })
    }

    fn dial<'a>(&'a self, context: &'a OpenContext, authority: Authority) -> Opening<'a, Dialled> {
        Box::pin(async move { Socket(self.0.clone()).dial(context, authority).await })
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.display())
    }
}

/// Opens a file to read.
async fn source(place: &Place) -> Result<AnyReader, Failure> {
    let file = place.open_patiently(OFlags::RDONLY).await?;
    if file.metadata()?.is_dir() {
        return Err(directory());
    }
    Ok(Box::pin(Descriptor::of_own(file, Interest::READABLE)?))
}

/// Opens a file to write, at its end if `append`.
async fn sink(place: &Place, append: bool) -> Result<AnyWriter, Failure> {
    let found = place.metadata()?;
    if found.as_ref().is_some_and(|found| found.is_dir()) {
        return Err(directory());
    }

    let regular = found.is_none_or(|found| found.is_file());
    if regular && !append {
        let (folder, name) = place.folder().map_err(no_folder)?;
        return Ok(Box::pin(Atomic::create(folder, name)?));
    }

    let mut flags = OFlags::WRONLY;
    flags.set(OFlags::APPEND, append);
    flags.set(OFlags::CREATE, regular);
    let file = place.open_patiently(flags).await?;
    Ok(Box::pin(Descriptor::of_own(file, Interest::WRITABLE)?))
}

fn no_folder(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new(Kind::NotFound, "there is no such folder"),
        _ => error.into(),
    }
}

fn directory() -> Failure {
    Failure::new(Kind::BadUrl, "it is a directory, and a file is wanted")
}
