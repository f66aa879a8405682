//! `forebay run`: runs a program to its end, as a command or by its typed main.

use std::ffi::OsStr;

use forebay::error::{Class, Result};

use crate::args::{GuestFlags, Run};
use crate::clock::Clock;
use crate::command::guest::{self, Flags, Guest};
use crate::exit::Status;
use crate::project;
use crate::report::Printer;

/// Runs the command.
pub fn run(flags: &Run, printer: &Printer) -> Result<Status> {
    let (path, words) = match flags.program.split_first() {
        Some((path, words)) => (guest::program(path, &flags.guests, printer)?, words),
        None => {
            // There is nothing else that could be meant.
            project::manifest(".".as_ref())?;
            (guest::program(".".as_ref(), &flags.guests, printer)?, &[][..])
        }
    };
    let (path, words) = (path.as_os_str(), guest::words(words)?);
    let clock = Clock::start(flags.budget.timeout, &path.to_string_lossy(), printer);
    match attempt(flags, &flags.guests, (path, &words), (printer, &clock)) {
        // A program that nobody meets the imports of can't have meant these flags for itself.
        // Standard input is read once.
        Err(error) if error.class() == Class::Import && path != "-" => {
            match trailing(&flags.guests, &words) {
                Some((guests, words)) => attempt(flags, &guests, (path, words), (printer, &clock)),
                None => Err(error),
            }
        }
        ended => ended,
    }
}

fn attempt(
    flags: &Run,
    guests: &GuestFlags,
    (path, words): (&OsStr, &[String]),
    (printer, clock): (&Printer, &Clock),
) -> Result<Status> {
    let Run { invoke, grants, results, budget, code, sandbox, .. } = flags;
    let flags = Flags {
        grants,
        guests,
        results,
        budget,
        code,
        sandbox: sandbox.sandbox,
        wit: flags.wit.as_deref(),
    };
    let guest = Guest {
        flags,
        printer,
        path,
        words: words.to_vec(),
        spec: Default::default(),
        listed: Default::default(),
        words_are_arguments: true,
        clock: clock.clone(),
    };
    if let Some(function) = invoke {
        return guest.invoke(
            function,
            &format!("forebay run --invoke {function} {}", path.to_string_lossy()),
        );
    }
    let program = guest.load(|program, grants| program.link(grants))?;
    match program.signature().cloned() {
        None => guest.run(program),
        Some(signature) => {
            let command = format!("forebay run {}", path.to_string_lossy());
            guest.call(program, &signature, &command)
        }
    }
}

/// The flags about other guests that follow the program's name, together with those before it, and
/// the words after them. `None` if there are none.
fn trailing<'a>(before: &GuestFlags, words: &'a [String]) -> Option<(GuestFlags, &'a [String])> {
    let mut guests = before.clone();
    let mut rest = words;
    while let [word, more @ ..] = rest {
        let (name, value, after) = match (word.split_once('='), more) {
            (Some((name, value)), _) if name.starts_with("--") => (name, value, more),
            (_, [value, after @ ..]) => (word.as_str(), value.as_str(), after),
            _ => break,
        };
        match name {
            "--with" => guests.with.push(value.to_owned()),
            "--grant" => guests.grant.push(value.to_owned()),
            _ => break,
        }
        rest = after;
    }
    (rest.len() < words.len()).then_some((guests, rest))
}
