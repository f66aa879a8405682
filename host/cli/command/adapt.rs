//! `forebay adapt`: a legacy module to a component file, as a whole or not at all.

use forebay::config::Legacy;
use forebay::error::{Class, Error, Result};
use forebay::load::{Form, Program};

use crate::answer::write_whole;
use crate::app;
use crate::args::Adapt;
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Adapt, printer: &Printer) -> Result<Status> {
    let limits = settings::limits(&flags.limits);
    let (name, bytes) = app::program(flags.module.as_os_str(), &limits)?;
    let mut program = Program::recognise_within(&name, bytes, &limits)?;
    if program.form != Form::Module {
        return Err(Error::new(
            Class::Usage,
            format!("`{name}` is no module that could be adapted"),
        )
        .hint("a component runs as it is: `forebay run`, or any other host"));
    }
    if let Some(wit) = &flags.wit {
        program = program.lift(wit, flags.world.as_deref())?;
    }
    let options =
        Legacy { preopened_sockets: flags.preopened_sockets, ..settings::legacy(&flags.legacy) };
    let adapted = program.component(settings::adapter(flags.adapter), &options)?;
    write_whole(&flags.output, &adapted.component)?;
    for function in &adapted.unknown_sockets {
        printer.warning(
            &format!("`{function}` is of no socket dialect: calls will fail with ENOSYS"),
            None,
        );
    }
    for line in program.compromises(&options)? {
        printer.warning(&format!("standard WASI can't express all of {line}"), None);
    }
    printer.detail(&format!("wrote {} bytes", adapted.component.len()));
    Ok(Status::Success)
}
