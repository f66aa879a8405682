//! `forebay pipe`: programs in a row.

use forebay::error::Result;
use forebay::pipeline::{self, Stage};

use crate::args::{GuestFlags, Pipe};
use crate::command::guest::{self, Flags, Guest};
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Pipe, printer: &Printer) -> Result<Status> {
    let Pipe { grants, results, budget, code, .. } = flags;
    let first = guest::words(&flags.words)?;
    let (mut guests, alone) = (Vec::new(), GuestFlags::default());
    let mut stages = Vec::new();
    for (index, path) in flags.programs.iter().enumerate() {
        let words = if index == 0 { first.clone() } else { Vec::new() };
        let guest = Guest {
            flags: Flags { grants, guests: &alone, results, budget, code },
            printer,
            path,
            words: words.clone(),
            seat: Default::default(),
        };
        stages.push(Stage { program: guest.load(|program, grants| program.link(grants))?, words });
        guests.push(guest);
    }
    let (stdio, destination) = (settings::stdio(grants), settings::destination(results)?);
    let signatures: Vec<_> =
        stages.iter().map(|stage| stage.program.signature().cloned()).collect();
    let work = async move { pipeline::run(stages, &stdio, destination).await };
    let Some(outcomes) = guest::execute(budget.timeout, work)? else {
        return Ok(Status::Interrupted);
    };
    let mut status = Status::Success;
    for ((guest, outcome), signature) in guests.iter().zip(outcomes).zip(&signatures) {
        let own = match outcome {
            Ok(outcome) => guest.report(&outcome, signature.as_ref()),
            Err(error) => {
                printer.error(&error);
                Status::of(error.class())
            }
        };
        if own.code() != 0 {
            status = own;
        }
    }
    Ok(status)
}
