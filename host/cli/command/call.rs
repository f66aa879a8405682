//! `forebay call`: calls one exported function.

use forebay::error::{Class, Error, Result};

use crate::args::Call;
use crate::clock::Clock;
use crate::command::guest::{self, Flags, Guest};
use crate::exit::Status;
use crate::report::Printer;

/// Runs the command.
pub fn run(flags: &Call, printer: &Printer) -> Result<Status> {
    let (path, words) = flags.program.split_first().expect("the parser requires a program");
    let path = &guest::program(path, &flags.guests, printer)?;
    let mut words = guest::words(words)?;
    if words.is_empty() {
        return Err(Error::new(Class::Usage, "no function is named")
            .hint("write `forebay call PROGRAM FUNCTION ARGS…`; `forebay inspect PROGRAM` lists the functions"));
    }
    let named = words.remove(0);
    let Call { grants, guests, results, budget, code, sandbox, .. } = flags;
    let guest = Guest {
        flags: Flags {
            grants,
            guests,
            results,
            budget,
            code,
            sandbox: sandbox.sandbox,
            wit: flags.wit.as_deref(),
        },
        printer,
        path,
        words,
        spec: Default::default(),
        listed: Default::default(),
        words_are_arguments: true,
        clock: Clock::start(budget.timeout, &path.to_string_lossy(), printer),
    };
    guest.invoke(&named, &format!("forebay call {} {named}", path.to_string_lossy()))
}
