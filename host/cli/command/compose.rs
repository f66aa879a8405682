//! `forebay compose`: guests, linked into one component in a file.

use forebay::error::Result;

use crate::answer::write_whole;
use crate::args::Compose;
use crate::exit::Status;
use crate::graph;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Compose, printer: &Printer) -> Result<Status> {
    let (_, bytes) =
        graph::composed(flags.program.as_os_str(), &flags.with, &settings::limits(&flags.limits))?;
    write_whole(&flags.output, &bytes)?;
    printer.detail(&format!("wrote {} bytes", bytes.len()));
    Ok(Status::Success)
}
