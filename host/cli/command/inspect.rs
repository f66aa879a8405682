//! `forebay inspect`: what a program is, as text or JSON.

use forebay::error::Result;
use forebay::load::Program;

use crate::answer::answer;
use crate::app;
use crate::args::Inspect;
use crate::exit::Status;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Inspect) -> Result<Status> {
    let limits = settings::limits(&flags.limits);
    let (name, bytes) = app::program(flags.program.as_os_str(), &limits)?;
    let program = Program::recognise_within(&name, bytes, &limits)?;
    let report = forebay::inspect::inspect(&program)?;
    if flags.json { answer(report.json().as_bytes()) } else { answer(report.text().as_bytes()) }
}
