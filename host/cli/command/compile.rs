//! `forebay compile`: machine code to a file, as a whole or not at all.

use forebay::error::{Class, Error, Result};
use forebay::load::{Form, Program};
use forebay::runtime::Runtime;

use crate::answer::write_whole;
use crate::app;
use crate::args::Compile;
use crate::clock::Clock;
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Compile, printer: &Printer) -> Result<Status> {
    let limits = settings::limits(&flags.compile.limits);
    let (name, bytes) = app::program(flags.program.as_os_str(), &limits)?;
    let program = Program::recognise_within(&name, bytes, &limits)?;
    if program.form == Form::Precompiled {
        return Err(Error::new(Class::Usage, format!("`{name}` is compiled already")));
    }
    let runtime = Runtime::new(settings::config(
        None,
        &flags.compile,
        &flags.budget,
        (printer, &Clock::none()),
    ))?;
    let code = runtime.precompile(&program)?;
    write_whole(&flags.output, &code)?;
    printer.detail(&format!("wrote {} bytes", code.len()));
    Ok(Status::Success)
}
