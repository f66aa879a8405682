//! `forebay pipe`: programs in a row.

use forebay::error::Result;
use forebay::pipeline::{self, Stage};
use forebay::run::Outcome;
use forebay::typed::Destination;

use crate::args::{GuestFlags, Pipe};
use crate::clock::Clock;
use crate::command::guest::{self, Flags, Guest};
use crate::exit::Status;
use crate::meter::{self, Limits};
use crate::report::Printer;
use crate::sandbox::{Guests, Wall};
use crate::settings;
use crate::watch::{self, Watched};

/// Runs the command.
pub fn run(flags: &Pipe, printer: &Printer) -> Result<Status> {
    let Pipe { grants, results, budget, code, sandbox, .. } = flags;
    let first = guest::words(&flags.words)?;
    let (mut guests, alone) = (Vec::new(), GuestFlags::default());
    let mut stages = Vec::new();
    let names: Vec<_> = flags.programs.iter().map(|path| path.to_string_lossy()).collect();
    let clock = Clock::start(budget.timeout, &names.join(" | "), printer);
    for (index, path) in flags.programs.iter().enumerate() {
        let words = if index == 0 { first.clone() } else { Vec::new() };
        let guest = Guest {
            flags: Flags {
                grants,
                guests: &alone,
                results,
                budget,
                code,
                sandbox: sandbox.sandbox,
                wit: None,
            },
            printer,
            path,
            words: words.clone(),
            spec: Default::default(),
            listed: Default::default(),
            words_are_arguments: false,
            clock: clock.clone(),
        };
        let program = guest.load(|program, grants| program.link(grants))?;
        let is_last = index + 1 == flags.programs.len();
        let own = if is_last { settings::destination(results)? } else { Destination::default() };
        stages.push(Stage::new(program, words, own)?);
        guests.push(guest);
    }
    let stdio = settings::stdio(grants);
    let signatures: Vec<_> =
        stages.iter().map(|stage| stage.program.signature().cloned()).collect();
    let most = stages.iter().map(|stage| stage.program.most());
    let limits = most.fold(Limits { host: 0, guest: 0 }, |sum, most| Limits {
        host: sum.host.saturating_add(most.host_memory),
        guest: sum.guest.saturating_add(most.memory).saturating_add(most.stack as u64),
    });
    let programs = stages.iter().map(|stage| (&stage.program, stage.call.as_ref())).collect();
    let wall = Wall::plan(sandbox.sandbox, &Guests { programs, results });
    meter::arm(&limits, printer.over_host_memory("pipe", limits.host));
    let work = async move { pipeline::run(stages, &stdio).await };
    let watched = Watched {
        printer,
        name: &names.join(" | "),
        limit: budget.timeout,
        clock: &clock,
        files: budget.max_files,
        wall: &wall,
    };
    watch::execute(&watched, work, |outcomes: Vec<Result<Outcome>>, verdict| {
        let stages = outcomes.iter().zip(&signatures);
        let own = stages.map(|(outcome, signature)| match outcome {
            Ok(outcome) => guest::status(outcome, signature.as_ref()),
            Err(error) => Status::of(error.class()),
        });
        let status = own.filter(|status| status.code() != 0).last();
        let status = verdict.set(status.unwrap_or(Status::Success));
        for (guest, outcome) in guests.iter().zip(&outcomes) {
            match outcome {
                Ok(outcome) => guest.report(outcome),
                Err(error) => printer.error(error),
            }
        }
        status
    })
}
