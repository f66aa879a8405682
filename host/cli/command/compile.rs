//! `forebay compile`: machine code to a file, as a whole or not at all.

use std::io::Write;

use forebay::error::{Class, Error, Result};
use forebay::load::{Form, Program};
use forebay::runtime::Runtime;

use crate::args::Compile;
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Compile, printer: &Printer) -> Result<Status> {
    let (name, bytes) = settings::program(flags.program.as_os_str())?;
    let program = Program::recognise(&name, bytes)?;
    if program.form == Form::Precompiled {
        return Err(Error::new(Class::Usage, format!("`{name}` is compiled already")));
    }
    let runtime = Runtime::new(settings::config(None, &flags.budget, printer))?;
    let code = runtime.precompile(&program)?;
    let cannot = |error: std::io::Error| {
        Error::new(Class::Host, format!("cannot write `{}`", flags.output.display())).cause(error)
    };
    let folder = flags.output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(".".as_ref());
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
    file.write_all(&code).map_err(cannot)?;
    file.persist(&flags.output).map_err(|error| cannot(error.error))?;
    printer.detail(&format!("wrote {} bytes", code.len()));
    Ok(Status::Success)
}
