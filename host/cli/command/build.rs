//! `forebay build`: runs the command that a folder's manifest names.

use crate::args::Build;
use crate::exit::Status;
use crate::project;
use crate::report::Printer;

use forebay::error::Result;

/// Runs the command.
pub fn run(flags: &Build, printer: &Printer) -> Result<Status> {
    let manifest = if flags.project.is_file() {
        flags.project.clone()
    } else {
        project::manifest(&flags.project)?
    };
    project::build(&manifest, printer)?;
    Ok(Status::Success)
}
