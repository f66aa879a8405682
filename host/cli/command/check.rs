//! `forebay check`: whether guests fit together, and their grants can be read. Nothing is compiled
//! or run.

use forebay::config::{Adapter, Legacy};
use forebay::error::Result;
use forebay::stream::Directories;

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
    for (name, seat) in &assembly.seats {
        // Opened, as a run would, and closed again.
        Directories::open(&seat.grants.directories)
            .map_err(|error| error.cause(format!("it is granted to the guest `{name}`")))?;
    }
    let linked = assembly.graph.link(Adapter::default(), &Legacy::default())?;
    // One guest by itself is whole already.
    if linked.surfaces.len() > 1 {
        forebay::graph::compose(&linked)?;
    }
    let (guests, links) = (linked.surfaces.len(), linked.wiring.edges.len());
    answer(format!("fits: guests {guests}, links between them {links}\n").as_bytes())
}
