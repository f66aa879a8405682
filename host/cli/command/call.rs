//! `forebay call`: calls one exported function.

use forebay::error::{Class, Error, Result};
use forebay::typed;

use crate::args::Call;
use crate::command::guest::{self, Flags, Guest};
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Call, printer: &Printer) -> Result<Status> {
    let (path, words) = flags.program.split_first().expect("the parser requires a program");
    let mut words = guest::words(words)?;
    if words.is_empty() {
        return Err(Error::new(Class::Usage, "no function is named")
            .hint("write `forebay call PROGRAM FUNCTION ARGS…`; `forebay inspect PROGRAM` lists the functions"));
    }
    let named = words.remove(0);
    let Call { grants, guests, results, budget, code, .. } = flags;
    let guest = Guest {
        flags: Flags { grants, guests, results, budget, code },
        printer,
        path,
        words,
        seat: Default::default(),
    };
    // `f(1, "a")` in one word, as other runtimes have it.
    let Some((name, _)) = named.split_once('(') else {
        let program = guest.load(|program, grants| program.link_function(grants, &named))?;
        let signature = program.signature().cloned().expect("a function was linked");
        let command = format!("forebay call {} {named}", path.to_string_lossy());
        return guest.call(program, &signature, &command);
    };
    if let Some(extra) = guest.words.first() {
        return Err(Error::new(Class::Usage, format!("`{extra}` follows a whole call"))
            .hint("give the arguments inside the parentheses, or as words after the function's name"));
    }
    let program = guest.load(|program, grants| program.link_function(grants, name))?;
    let signature = program.signature().cloned().expect("a function was linked");
    let call = typed::call_expression(&signature, &named, settings::destination(guest.flags.results)?)?;
    guest.start(program, &signature, call)
}
