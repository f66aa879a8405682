//! `forebay run`: runs a program to its end, as a command or by its typed main.

use forebay::error::Result;

use crate::args::Run;
use crate::command::guest::{self, Flags, Guest};
use crate::exit::Status;
use crate::report::Printer;

/// Runs the command.
pub fn run(flags: &Run, printer: &Printer) -> Result<Status> {
    let (path, words) = flags.program.split_first().expect("the parser requires a program");
    let Run { invoke, grants, guests, results, budget, code, .. } = flags;
    let flags = Flags { grants, guests, results, budget, code };
    let guest = Guest { flags, printer, path, words: guest::words(words)?, seat: Default::default() };
    if let Some(function) = invoke {
        return guest.invoke(function, &format!("forebay run --invoke {function} {}", path.to_string_lossy()));
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
