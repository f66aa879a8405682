//! `forebay run`: runs a program to its end.

use std::time::Duration;

use forebay::error::{Class, Error, Result};
use forebay::invoke::{Exit, Outcome};
use forebay::runtime::Runtime;

use crate::args::Run;
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// How much longer than its time limit a guest may block us in a system call before the process ends without it.
const GRACE: Duration = Duration::from_millis(200);

/// Runs the command.
pub fn run(flags: &Run, printer: &Printer) -> Result<Status> {
    let (path, args) = flags.program.split_first().expect("the parser requires a program");
    let args = settings::arguments(args)?;
    let grants = settings::grants(&flags.grants, printer)?;
    let mut config = settings::config(Some(&flags.code), &flags.budget, printer);
    config.legacy.preopened_sockets = !grants.preopens.sockets.is_empty();
    let timeout = config.budget.timeout;
    if config.cache.is_none() && !flags.code.no_cache {
        printer.detail("compiled code isn't kept: neither XDG_CACHE_HOME nor HOME is set");
    }
    let stdio = settings::stdio(&flags.grants);
    for directory in &grants.directories {
        printer.detail(&format!("granted: directory {directory}"));
    }
    for rule in &grants.net {
        printer.detail(&format!("granted: network {rule}"));
    }
    for socket in &grants.preopens.sockets {
        printer.detail(&format!("granted: open socket {socket}"));
    }
    let guest = path.to_string_lossy().into_owned();
    // Nothing of ours is under way yet that an interrupt would have to end, so until here it simply ends the process.
    let runtime = Runtime::new(config)?;
    let program = match path.to_str() {
        Some("-") => runtime.load_blocking("-", settings::program(path)?.1)?,
        _ => runtime.load_file_blocking(path.as_ref())?,
    };
    let program = program.link(&grants)?;
    let executor = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Error::new(Class::Host, "cannot start the host's threads").cause(error))?;
    let end = executor.block_on(async {
        let run = executor.spawn(async move { program.run(&args, &stdio).await });
        tokio::select! {
            outcome = run => outcome.unwrap_or_else(broken).map(Some),
            _ = tokio::signal::ctrl_c() => Ok(None),
            () = overdue(timeout) => Ok(Some(Outcome { exit: Exit::Timeout, denials: Vec::new() })),
        }
    });
    // A guest that blocks in a system call must not hold us.
    executor.shutdown_background();
    match end? {
        Some(outcome) => Ok(report(&guest, &outcome, flags, printer)),
        None => Ok(Status::Interrupted),
    }
}

/// A task of ours that panicked.
fn broken<T>(panic: tokio::task::JoinError) -> Result<T> {
    Err(Error::new(Class::Host, "the host broke off").cause(panic).hint("this is a fault of forebay: please report it"))
}

/// Ends when a guest with a time limit must be over, even if it blocks its thread in a system call; a guest that doesn't is
/// ended by the library, at its limit.
async fn overdue(timeout: Option<Duration>) {
    match timeout {
        Some(limit) => tokio::time::sleep(limit.saturating_add(GRACE)).await,
        None => std::future::pending().await,
    }
}

fn report(guest: &str, outcome: &Outcome, flags: &Run, printer: &Printer) -> Status {
    match &outcome.exit {
        Exit::Trap(trap) => printer.trap(guest, trap),
        Exit::Timeout => {
            let limit = flags.budget.timeout.unwrap_or_default();
            printer.failure(
                &format!("`{guest}` went over its time limit of {limit:?}"),
                Some("raise it with `--timeout DURATION`"),
            );
        }
        Exit::Code(_) | Exit::ReaderGone => {}
    }
    printer.denials(guest, &outcome.denials);
    Status::of_guest(&outcome.exit)
}
