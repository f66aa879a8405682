//! `forebay check`: whether guests fit together, and their grants can be read. Nothing is compiled
//! or run.

use forebay::config::{Adapter, Legacy};
use forebay::error::Result;

use crate::answer::answer;
use crate::args::Check;
use crate::exit::Status;
use crate::graph;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Check, printer: &Printer) -> Result<Status> {
    let assembly = graph::assemble(
        flags.program.as_os_str(),
        &flags.guests,
        &settings::limits(&flags.limits),
        printer,
    )?;
    let linked = assembly.graph.link(Adapter::default(), &Legacy::default())?;
    forebay::graph::compose(&linked)?;
    let (guests, links) = (linked.surfaces.len(), linked.wiring.edges.len());
    answer(format!("fits: guests {guests}, links between them {links}\n").as_bytes())
}
