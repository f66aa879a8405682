//! `forebay explain`: who is linked to whom, and who may touch what.

use forebay::config::{Adapter, Legacy};
use forebay::error::Result;
use forebay::graph::Explanation;
use forebay::policy::Grants;

use crate::answer::answer;
use crate::args::Explain;
use crate::exit::Status;
use crate::graph;
use crate::report::Printer;
use crate::sanitize::escape;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Explain, printer: &Printer) -> Result<Status> {
    let mut assembly = graph::assemble(
        flags.program.as_os_str(),
        &flags.guests,
        &settings::limits(&flags.limits),
        printer,
    )?;
    let main = assembly.main().to_owned();
    if let Some(seat) = assembly.seats.get_mut(&main) {
        seat.add(settings::grants(&flags.grants, printer)?);
    }
    let linked = assembly.graph.link(Adapter::default(), &Legacy::default())?;
    let grants: Vec<Grants> = linked
        .surfaces
        .iter()
        .map(|surface| assembly.seats[&surface.guest].grants.clone())
        .collect();
    let explanation = Explanation::new(&linked, &grants);
    let text = match (flags.json, flags.svg, flags.mermaid) {
        (true, ..) => return answer(explanation.json().as_bytes()),
        (_, true, _) => return answer(explanation.svg().as_bytes()),
        (.., true) => explanation.mermaid(),
        _ => explanation.text(),
    };
    answer(text.lines().map(|line| format!("{}\n", escape(line))).collect::<String>().as_bytes())
}
