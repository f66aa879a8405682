//! The commands, a file each.

mod adapt;
mod cache;
mod call;
mod check;
mod compile;
mod complete;
mod completions;
mod compose;
mod explain;
mod guest;
mod inspect;
mod pipe;
mod run;

use std::path::Path;

use forebay::error::Result;

use crate::args::{Args, Command};
use crate::exit::Status;
use crate::report::Printer;

/// Runs the command that was typed.
///
/// # Errors
/// What kept it from being done.
pub fn run(args: Args, printer: &Printer) -> Result<Status> {
    match args.command {
        Command::Run(flags) => run::run(&flags, printer),
        Command::Call(flags) => call::run(&flags, printer),
        Command::Pipe(flags) => pipe::run(&flags, printer),
        Command::Complete { words } => complete::run(&words),
        Command::Compose(flags) => compose::run(&flags, printer),
        Command::Check(flags) => check::run(&flags, printer),
        Command::Explain(flags) => explain::run(&flags, printer),
        Command::Inspect(flags) => inspect::run(&flags),
        Command::Adapt(flags) => adapt::run(&flags, printer),
        Command::Compile(flags) => compile::run(&flags, printer),
        Command::Cache(flags) => cache::run(flags.action),
        Command::Completions { shell } => completions::run(shell),
    }
}

/// Prints an answer on standard output. A reader that has gone is no error: it has read what it
/// wanted.
///
/// # Errors
/// `Class::Host` when standard output can't be written, a full disk for example.
fn answer(text: &[u8]) -> Result<Status> {
    use std::io::{ErrorKind, Write};
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(forebay::error::Error::new(forebay::error::Class::Host, "cannot write the answer")
                .cause(error))
        }
        _ => Ok(Status::Success),
    }
}

/// Writes a file as a whole or not at all.
///
/// # Errors
/// `Class::Host` when it can't be written.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    let cannot = |error: std::io::Error| {
        forebay::error::Error::new(
            forebay::error::Class::Host,
            format!("cannot write `{}`", path.display()),
        )
        .cause(error)
    };
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(".".as_ref());
    // As any other new file; a temporary one would be private.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    let mut file =
        tempfile::Builder::new().permissions(mode).tempfile_in(folder).map_err(cannot)?;
    file.write_all(bytes).map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}
