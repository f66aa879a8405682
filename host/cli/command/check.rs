//! `forebay check`: whether guests fit together, and their grants can be read. Nothing is compiled
//! or run.

use forebay::app::GuestSpec;
use forebay::config::{Adapter, Legacy};
use forebay::error::Result;
use forebay::stream::Directories;

use crate::answer::answer;
use crate::app;
use crate::args::Check;
use crate::exit::Status;
use crate::report::Printer;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Check, printer: &Printer) -> Result<Status> {
    let limits = settings::limits(&flags.limits);
    let app = app::open(flags.program.as_os_str(), &flags.guests, &limits, printer)?;
    for GuestSpec { name, grants, .. } in app.guests() {
        // Opened, as a run would, and closed again.
        Directories::open(&grants.directories)
            .map_err(|error| error.cause(format!("it is granted to the guest `{name}`")))?;
    }

    let linked = app.graph().link(Adapter::default(), &Legacy::default())?;
    // One guest by itself is whole already.
    if linked.surfaces.len() > 1 {
        forebay::graph::compose(&linked)?;
    }
    let (guests, links) = (linked.surfaces.len(), linked.wiring.edges.len());
    answer(format!("fits: guests {guests}, links between them {links}\n").as_bytes())
}
