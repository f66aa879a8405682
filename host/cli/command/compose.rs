//! `forebay compose`: guests, linked into one component in a file.

use forebay::error::Result;

use crate::answer::write_whole;
use crate::app;
use crate::args::Compose;
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Compose, printer: &Printer) -> Result<Status> {
    let (path, limits) = (flags.program.as_os_str(), settings::limits(&flags.limits));
    let bytes = if flags.portable {
        app::portable(path, &flags.with, &limits)?
    } else {
        let bytes = app::composed(path, &flags.with, &limits)?;
        if app::portable(path, &flags.with, &limits).ok().as_ref() != Some(&bytes) {
            printer.warning(
                "only a host of ours runs the component: its guests import what they're granted under names of their own",
                Some("where they may all have the same grants, `--portable` writes one for any host"),
            );
        }
        bytes
    };
    write_whole(&flags.output, &bytes)?;
    printer.detail(&format!("wrote {} bytes", bytes.len()));
    Ok(Status::Success)
}
