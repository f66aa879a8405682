//! Opens what is mounted, before anything runs.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::app::MountSpec;
use crate::error::Result;
use crate::fs::{self, Mount, Mountable, Source};
use crate::launch::as_file;
use crate::policy::{Directory, Grants};
use crate::runtime::{Loaded, Runtime};
use crate::stream::Directories;
use crate::stream::stdio::Output;

/// Mounts these for the main guest of a program.
///
/// # Errors
/// As [`mounts`].
pub fn mount(runtime: &Runtime, program: Loaded, specs: &[MountSpec]) -> Result<Loaded> {
    Ok(mounts(runtime, specs)?.into_iter().fold(program, Loaded::mount))
}

/// What is mounted, opened: programs are granted nothing; their standard error is the process's.
///
/// # Errors
/// As [`Runtime::load_file_blocking`] and [`Directories::open`], and `Class::Usage` when a program
/// reads no stream.
pub fn mounts(runtime: &Runtime, specs: &[MountSpec]) -> Result<Vec<Mount>> {
    let open = |MountSpec { path, source }: &MountSpec| {
        Ok(Mount { path: path.clone(), what: mountable(runtime, source)? })
    };
    specs.iter().map(open).collect()
}

fn mountable(runtime: &Runtime, source: &Source) -> Result<Mountable> {
    Ok(match source {
        Source::Directory { host, read_only } => Mountable::Directory {
            file: directory(host, *read_only)?,
            host: host.clone(),
            read_only: *read_only,
        },
        Source::Memory { name, most } => Mountable::Memory { name: name.clone(), most: *most },
        Source::Archive(file) => Mountable::Archive(fs::open_archive(file)?),
        Source::Overlay { lower, upper } => Mountable::Overlay {
            lower: Box::new(mountable(runtime, lower)?),
            upper: Box::new(mountable(runtime, upper)?),
        },
        Source::Program(file) => {
            let linked = runtime.load_file_blocking(file)?.link(&Grants::default())?;
            Mountable::File(as_file(&file.display().to_string(), linked, Output::Inherit)?)
        }
    })
}

fn directory(host: &Path, read_only: bool) -> Result<Arc<File>> {
    let grant = Directory { host: host.to_owned(), guest: "/".to_owned(), read_only };
    let open = Directories::open(&[grant])?;
    Ok(open.get(0).expect("it was opened").clone())
}
